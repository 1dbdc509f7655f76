package fhir

import (
	"bytes"
	"encoding/json"
	"strings"

	"brygga/care"
)

// ownResource is what is read of a Flag or Task that may be ours. It is an own
// small type: a Flag without status would read as active through samply's.
type ownResource struct {
	ResourceType string `json:"resourceType"`
	ID           string `json:"id"`
	Meta         struct {
		VersionID string   `json:"versionId"`
		Tag       []coding `json:"tag"`
	} `json:"meta"`
	Extension []struct {
		URL         string `json:"url"`
		ValueString string `json:"valueString"`
	} `json:"extension"`
	Identifier []struct {
		System string `json:"system"`
		Value  string `json:"value"`
	} `json:"identifier"`
	Status       string     `json:"status"`
	StatusReason codeText   `json:"statusReason"`
	Code         codeText   `json:"code"`
	Subject      refText    `json:"subject"`
	Period       wirePeriod `json:"period"`
	Priority     string     `json:"priority"`
	Description  string     `json:"description"`
	Focus        refText    `json:"focus"`
	For          refText    `json:"for"`
	Owner        refText    `json:"owner"`
	Performer    []codeText `json:"performerType"`
	ReasonCode   codeText   `json:"reasonCode"`
	Authored     string     `json:"authoredOn"`
	Note         []any      `json:"note"`
	Restriction  struct {
		Period wirePeriod `json:"period"`
	} `json:"restriction"`
}

type coding struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

type codeText struct {
	Coding []coding `json:"coding"`
	Text   string   `json:"text"`
}

type refText struct {
	Reference string `json:"reference"`
}

type wirePeriod struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// ReadOwn reads a Flag or Task; ours is false for everything that is not this
// tenant's own: it lacks our identifier or our tag. Such resources are foreign
// and are never changed. The error is about a resource that is ours by both
// marks and cannot be understood all the same; o then holds what could be read,
// and it must not be changed either. The error holds nothing of the resource.
func (w Writer) ReadOwn(raw []byte) (o *Own, ours bool, err error) {
	var r ownResource
	err = json.Unmarshal(raw, &r)
	tagged := false
	for _, t := range r.Meta.Tag {
		tagged = tagged || t == coding{TenantSystem, w.Tenant}
	}
	o = &Own{Type: r.ResourceType, ID: r.ID, Version: r.Meta.VersionID}
	for _, id := range r.Identifier {
		if id.System == FindingSystem && o.Finding == "" {
			o.Finding, o.Occurrence, _ = splitIdentifier(id.Value)
		}
	}
	if !tagged || o.Finding == "" || r.ID == "" || (r.ResourceType != FlagType && r.ResourceType != TaskType) {
		return nil, false, nil
	}
	o.Raw = bytes.Clone(raw)
	o.fill(&r)
	if err != nil {
		return o, true, syntax(raw, err)
	}
	return o, true, nil
}

// VersionOf is the meta.versionId of a resource; empty where it has none.
func VersionOf(raw []byte) string {
	var r struct {
		Meta struct {
			VersionID string `json:"versionId"`
		} `json:"meta"`
	}
	_ = json.Unmarshal(raw, &r) // what cannot be read has no version
	return r.Meta.VersionID
}

func (o *Own) fill(r *ownResource) {
	o.Rule = r.Code.code(ruleSystem)
	o.Status = r.Status
	if o.Type == FlagType {
		o.Subject = localRef(r.Subject.Reference)
		o.Text = r.Code.Text
		o.Start, o.End = day(r.Period.Start), day(r.Period.End)
	} else {
		o.Subject = localRef(r.For.Reference)
		o.Authored = r.Authored
		o.Text = r.Description
		o.Reason = r.StatusReason.Text
		o.Due = day(r.Restriction.Period.End)
		o.Priority = r.Priority
		o.Focus, o.Owner = localRef(r.Focus.Reference), localRef(r.Owner.Reference)
		o.Ground = r.ReasonCode.Text
		for _, p := range r.Performer {
			if o.Performer == "" {
				o.Performer = p.code(ownerSystem)
			}
		}
	}
	mark := ""
	for _, e := range r.Extension {
		if e.URL == appliedURL {
			mark = e.ValueString
		}
	}
	o.readMark(mark, len(r.Note))
}

func (c codeText) code(system string) string {
	for _, x := range c.Coding {
		if x.System == system {
			return x.Code
		}
	}
	return ""
}

// localRef makes "Type/id" of a reference, however the server wrote it: servers
// may make relative references absolute, or add a version.
func localRef(s string) care.Ref {
	s, _, _ = strings.Cut(s, "/_history/")
	if i := strings.LastIndexByte(s, '/'); i > 0 {
		if j := strings.LastIndexByte(s[:i], '/'); j >= 0 {
			s = s[j+1:]
		}
	}
	return care.Ref(s)
}

// day is the calendar date in Stockholm of a date or instant that brygga wrote as
// a date; a server may have added a time, in a zone of its own. What is neither
// is no date.
func day(s string) care.Date {
	m, ok := parseMoment(s)
	if !ok {
		return 0
	}
	return m.last()
}
