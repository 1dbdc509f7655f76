package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// wireEntry is one entry of a transaction. The resource goes as the caller wrote
// it, byte for byte.
type wireEntry struct {
	Resource json.RawMessage `json:"resource"`
	Request  struct {
		Method      string `json:"method"`
		URL         string `json:"url"`
		IfNoneExist string `json:"ifNoneExist,omitempty"`
		IfMatch     string `json:"ifMatch,omitempty"`
	} `json:"request"`
}

// transaction is the Bundle of some writes, every one of them conditional: the
// same Bundle sent twice writes once.
func transaction(writes []adapters.Write) ([]byte, error) {
	bundle := struct {
		ResourceType string      `json:"resourceType"`
		Type         string      `json:"type"`
		Entry        []wireEntry `json:"entry"`
	}{"Bundle", "transaction", make([]wireEntry, len(writes))}
	for i, w := range writes {
		e := &bundle.Entry[i]
		e.Resource = w.Body
		if w.Op == adapters.Create {
			e.Request.Method, e.Request.URL, e.Request.IfNoneExist = "POST", w.Type, condition(w.Identifier)
		} else {
			e.Request.Method, e.Request.URL, e.Request.IfMatch = "PUT", w.Type+"/"+w.ID, etag(w.Version)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(bundle); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// condition is the search that a conditional create makes: identifier=system|value.
func condition(identifier string) string {
	system, value, _ := strings.Cut(identifier, "|")
	return url.Values{"identifier": {token(system, value)}}.Encode()
}

func etag(version string) string { return `W/"` + version + `"` }

// wellFormed says what is wrong with a write that must not be sent: without its
// condition it could write twice, or over a person's change.
func wellFormed(w adapters.Write) string {
	system, value, _ := strings.Cut(w.Identifier, "|")
	switch {
	case w.Op != adapters.Create && w.Op != adapters.Update:
		return "has no operation"
	case !resourceType.MatchString(w.Type):
		return "has no resource type"
	case w.Op == adapters.Create && (system == "" || value == ""):
		return "has no identifier (system|value) as its condition"
	case w.Op == adapters.Update && !resourceID.MatchString(w.ID):
		return "has no id"
	case w.Op == adapters.Update && (w.Version == "" || strings.ContainsAny(w.Version, "\"\r\n")):
		return "has no version as its condition"
	case kindOf(w.Body).ResourceType != w.Type:
		return "has a body that is no " + w.Type
	}
	return ""
}

// responseEntry is what a server says of one entry. Only status is always there.
type responseEntry struct {
	Resource json.RawMessage `json:"resource"`
	Response *struct {
		Status   string          `json:"status"`
		Location string          `json:"location"`
		Etag     string          `json:"etag"`
		Outcome  json.RawMessage `json:"outcome"`
	} `json:"response"`
}

// parseResponse reads the answer to a transaction of n entries. An answer that
// is none, or has another number of entries, is an error: what it says of which
// write cannot be told.
func parseResponse(body []byte, n int) ([]responseEntry, error) {
	var b struct {
		ResourceType string          `json:"resourceType"`
		Type         string          `json:"type"`
		Entry        []responseEntry `json:"entry"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, errors.New("the answer to a transaction is no JSON")
	}
	if b.ResourceType != "Bundle" || b.Type != "transaction-response" {
		return nil, fmt.Errorf("a transaction was answered with %s of type %s", wire.Word(b.ResourceType), wire.Word(b.Type))
	}
	if len(b.Entry) != n {
		return nil, fmt.Errorf("a transaction of %d entries was answered with %d", n, len(b.Entry))
	}
	return b.Entry, nil
}

// answered turns what the server says of one entry into the answer.
func (s *System) answered(w adapters.Write, e responseEntry) adapters.Answer {
	r := request{Kind: w.Type}
	if e.Response == nil {
		return failed(s.fault(r, adapters.Protocol, 0, "a transaction was answered without a status for an entry", "see the server's log"))
	}
	status := leadingNumber(e.Response.Status)
	a := s.byStatus(w, status, func() *adapters.Error {
		f := s.fault(r, adapters.Rejected, status, fmt.Sprintf("answered %d within a transaction", status), "")
		if codes := outcomeCodes(e.Response.Outcome, nil); codes != "" {
			f.What += " (" + codes + ")"
		}
		return f
	})
	if a.Answered == adapters.Written || a.Answered == adapters.Existed {
		a.ID, a.Version = placed(w, e.Response.Location, e.Response.Etag, e.Resource)
	}
	return a
}

// byStatus is what a status means for a conditional write. A 200 to a
// conditional create says that nothing was written.
func (s *System) byStatus(w adapters.Write, status int, why func() *adapters.Error) adapters.Answer {
	switch {
	case status == 200 && w.Op == adapters.Create:
		return adapters.Answer{Answered: adapters.Existed}
	case status == 200 || status == 201:
		return adapters.Answer{Answered: adapters.Written}
	case status == 204 && w.Op == adapters.Update:
		return adapters.Answer{Answered: adapters.Written}
	case status == 412 || status == 409:
		return adapters.Answer{Answered: adapters.Stale}
	case w.Op == adapters.Update && (status == 404 || status == 410):
		return adapters.Answer{Answered: adapters.Stale}
	case status >= 400 && status < 500 && status != 401 && status != 403 && status != 408 && status != 429:
		return adapters.Answer{Answered: adapters.Refused, Err: why()}
	}
	e := why()
	switch {
	case status == 401 || status == 403:
		e.Class = adapters.Credentials
	case status == 429 || status == 503:
		e.Class = adapters.Wait
	case status >= 500 || status == 408:
		e.Class = adapters.Retry
	default:
		e.Class = adapters.Protocol
	}
	return failed(e)
}

func failed(e *adapters.Error) adapters.Answer {
	return adapters.Answer{Answered: adapters.Failed, Err: e}
}

// leadingNumber reads "201 Created"; 0 if it does not start with a status.
func leadingNumber(status string) int {
	head, _, _ := strings.Cut(strings.TrimSpace(status), " ")
	n, err := strconv.Atoi(head)
	if err != nil || n < 100 || n > 599 {
		return 0
	}
	return n
}

// placed reads id and version from what a server gives: location, etag, or the
// resource itself. What is not said stays empty.
func placed(w adapters.Write, location, etag string, resource []byte) (id, version string) {
	id = w.ID
	parts := strings.Split(strings.TrimSuffix(location, "/"), "/")
	for i, p := range parts {
		if p != w.Type || i+1 >= len(parts) || !resourceID.MatchString(parts[i+1]) {
			continue
		}
		id = parts[i+1]
		if i+3 < len(parts) && parts[i+2] == "_history" && resourceID.MatchString(parts[i+3]) {
			version = parts[i+3]
		}
	}
	if v := strings.Trim(strings.TrimPrefix(strings.TrimSpace(etag), "W/"), `"`); resourceID.MatchString(v) {
		version = v
	}
	if len(resource) > 0 && (id == "" || version == "") {
		var r thinResource
		if json.Unmarshal(resource, &r) == nil && r.ResourceType == w.Type {
			if id == "" && resourceID.MatchString(r.ID) {
				id = r.ID
			}
			if version == "" && r.ID == id && resourceID.MatchString(r.Meta.VersionID) {
				version = r.Meta.VersionID
			}
		}
	}
	return id, version
}
