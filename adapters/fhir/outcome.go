package fhir

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"brygga/adapters/wire"
)

// thinKind is what tells one answer from another.
type thinKind struct {
	ResourceType string `json:"resourceType"`
	Type         string `json:"type"`
}

func kindOf(body []byte) thinKind {
	var k thinKind
	if json.Unmarshal(body, &k) != nil {
		return thinKind{}
	}
	return k
}

// thinBundle is what the adapter itself must see of a searchset.
type thinBundle struct {
	ResourceType string `json:"resourceType"`
	Type         string `json:"type"`
	Total        *int   `json:"total"`
	Link         []struct {
		Relation string `json:"relation"`
		URL      string `json:"url"`
	} `json:"link"`
	Entry []struct {
		Search struct {
			Mode string `json:"mode"`
		} `json:"search"`
		Resource thinResource `json:"resource"`
	} `json:"entry"`
}

type thinResource struct {
	ResourceType string `json:"resourceType"`
	ID           string `json:"id"`
	Meta         struct {
		VersionID string `json:"versionId"`
	} `json:"meta"`
	Issue []thinIssue `json:"issue"`
}

type thinIssue struct {
	Severity    string   `json:"severity"`
	Code        string   `json:"code"`
	Diagnostics string   `json:"diagnostics"`
	Expression  []string `json:"expression"`
	Location    []string `json:"location"`
}

// matches counts the entries that answer the search: no outcomes, nothing included.
func (b *thinBundle) matches(typ string) int {
	n := 0
	for _, e := range b.Entry {
		if (e.Search.Mode == "" || e.Search.Mode == "match") && e.Resource.ResourceType == typ {
			n++
		}
	}
	return n
}

// broken says whether the server tells, within the page, that it could not do
// the whole search.
func (b *thinBundle) broken() bool {
	for _, e := range b.Entry {
		if e.Resource.ResourceType != "OperationOutcome" {
			continue
		}
		for _, i := range e.Resource.Issue {
			if i.Severity == "error" || i.Severity == "fatal" {
				return true
			}
		}
	}
	return false
}

func (b *thinBundle) link(relation string) string {
	for _, l := range b.Link {
		if l.Relation == relation {
			return l.URL
		}
	}
	return ""
}

// parseSearchset reads a searchset, or says that it is none.
func parseSearchset(body []byte) (*thinBundle, bool) {
	var b thinBundle
	if err := json.Unmarshal(body, &b); err != nil || b.ResourceType != "Bundle" || b.Type != "searchset" {
		return nil, false
	}
	return &b, true
}

var elementPath = regexp.MustCompile(`^[A-Z][A-Za-z]{1,40}(\.[A-Za-z]{1,40}(\[[0-9x]{1,6}\])?){0,8}$`)

// outcomeCodes says what an OperationOutcome objects to, in codes and element
// paths alone. Its free text never leaves here, since it may quote a value or a
// name; only which of our own search parameters it mentions is told.
func outcomeCodes(body []byte, keys []string) string {
	var r thinResource
	if json.Unmarshal(body, &r) != nil || r.ResourceType != "OperationOutcome" {
		return ""
	}
	var said []string
	add := func(s string) {
		if s != "" && len(said) < 6 && !slices.Contains(said, s) {
			said = append(said, s)
		}
	}
	for _, i := range r.Issue {
		if i.Severity == "information" || i.Severity == "warning" {
			continue
		}
		if i.Code != "" && strings.ToLower(i.Code) == i.Code {
			add(wire.Word(i.Code))
		}
		for _, p := range append(slices.Clone(i.Expression), i.Location...) {
			if elementPath.MatchString(p) {
				add(p)
			}
		}
		for _, k := range keys {
			if strings.Contains(i.Diagnostics, k) {
				add(k)
			}
		}
	}
	return strings.Join(said, ", ")
}

var entryIndex = regexp.MustCompile(`(?:^|[./])entry\[([0-9]{1,4})\]`)

// blamed gives the entry that the outcome of a failed transaction names
// (Bundle.entry[3]), -1 if it names none, or several. n is the number of entries.
func blamed(body []byte, n int) int {
	var r thinResource
	if json.Unmarshal(body, &r) != nil || r.ResourceType != "OperationOutcome" {
		return -1
	}
	at := -1
	for _, i := range r.Issue {
		for _, p := range append(slices.Clone(i.Expression), i.Location...) {
			m := entryIndex.FindStringSubmatch(p)
			if m == nil {
				continue
			}
			k, err := strconv.Atoi(m[1])
			if err != nil || k >= n || (at >= 0 && at != k) {
				return -1
			}
			at = k
		}
	}
	return at
}
