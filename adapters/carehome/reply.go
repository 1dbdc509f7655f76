package carehome

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// standing is a Task as it stands at the server.
type standing struct {
	thin
	object  *object
	status  string
	version string // for If-Match; "" where the server does not say
}

var (
	taskStatuses = strings.Fields("draft requested received accepted rejected ready cancelled in-progress on-hold failed completed entered-in-error")
	// over are those after which nothing is done any more.
	over = strings.Fields("rejected cancelled failed completed entered-in-error")
)

// readTask reads the Task of a receipt; nil, without a fault, where there is none, or
// where what stands at that address is not a handover's: a server that was set up
// anew gives its addresses again.
func (f *FHIR) readTask(ctx context.Context, ref string) (*standing, *adapters.Error) {
	r := wire.Request{Method: http.MethodGet, Kind: task.name}
	if ref == "" {
		return nil, nil
	}
	if !taskForm.MatchString(ref) {
		return nil, f.wire.Fault(r, adapters.Rejected, 0, "the receipt does not name a Task", "this is a fault of brygga: report it")
	}
	r.URL = f.wire.Address(ref, nil)
	a, fault := f.wire.Send(ctx, r)
	if fault != nil {
		return nil, fault
	}
	defer a.Free()
	switch a.Status {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		// A login page, or a proxy that knows no such place, does not speak for the server.
		if wire.WebPage(a) != "" {
			return nil, f.refusal(r, a)
		}
		return nil, nil
	default:
		return nil, f.refusal(r, a)
	}
	t := &standing{}
	var err error
	if t.object, err = parseObject(a.Body()); err != nil || json.Unmarshal(a.Body(), &t.thin) != nil || t.ResourceType != task.typ {
		return nil, f.notFHIR(r, a, task.typ)
	}
	if !t.carries(task, "") {
		f.wire.Log().Warn().Str("kind", task.name).Str("task", ref).Msg("the Task at this address is not of a handover; it is left alone")
		return nil, nil
	}
	if t.status = t.object.text("status"); !slices.Contains(taskStatuses, t.status) {
		return nil, f.wire.Fault(r, adapters.Protocol, a.Status, "the Task has no status that FHIR knows", "ask the care home's IT to mend it")
	}
	etag := strings.Trim(strings.TrimPrefix(strings.TrimSpace(a.Header.Get("ETag")), "W/"), `"`)
	for _, v := range []string{etag, t.Meta.VersionID} {
		if t.version == "" && idForm.MatchString(v) {
			t.version = v
		}
	}
	return t, nil
}

// Reply reads what became of the Task. Its status is empty where the Task is gone.
func (f *FHIR) Reply(ctx context.Context, r adapters.Receipt) (adapters.Reply, error) {
	t, fault := f.readTask(ctx, r.Task)
	if t == nil {
		return adapters.Reply{}, result(fault)
	}
	at := instant(t.object.text("lastModified"))
	if at.IsZero() {
		at = instant(t.Meta.LastUpdated)
	}
	return adapters.Reply{Status: t.status, Reason: reasonOf(t.object.get("statusReason")), At: at}, nil
}

// maxReason is how many characters of a reason are kept.
const maxReason = 2000

// reasonOf is what a CodeableConcept says in words: its text, else what its first
// coding shows. What would disturb a terminal is taken out.
func reasonOf(concept json.RawMessage) string {
	var c struct {
		Text   string `json:"text"`
		Coding []struct {
			Display string `json:"display"`
			Code    string `json:"code"`
		} `json:"coding"`
	}
	if json.Unmarshal(concept, &c) != nil {
		return ""
	}
	said := c.Text
	for _, coding := range c.Coding {
		if said == "" {
			said = coding.Display
		}
		if said == "" {
			said = coding.Code
		}
	}
	said = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, said)
	said = strings.TrimSpace(said)
	if utf8.RuneCountInString(said) > maxReason {
		said = string([]rune(said)[:maxReason]) + "…"
	}
	return said
}

// instant reads a FHIR dateTime; zero where it is none, or says no more than a day.
func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
