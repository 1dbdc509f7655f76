package carehome

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// maxMoves is how often a Task may move between reading and writing it.
const maxMoves = 5

// Cancel sets the Task to cancelled, with the reason, unless it is over or gone. All
// else that stands in it stays as it was written.
func (f *FHIR) Cancel(ctx context.Context, receipt adapters.Receipt, reason string) error {
	r := wire.Request{Method: http.MethodPut, Kind: task.name}
	var last *adapters.Error
	for range maxMoves {
		f.at("read task")
		t, fault := f.readTask(ctx, receipt.Task)
		if fault != nil {
			return fault
		}
		if t == nil || slices.Contains(over, t.status) {
			return nil
		}
		if t.version == "" {
			return f.wire.Fault(r, adapters.Protocol, 0, "the server gives no version of the Task, so that cancelling it could undo what staff do",
				"have versions switched on at the server, and tell the care home by hand that the consent was taken back")
		}
		r.URL = f.wire.Address(receipt.Task, nil)
		r.Body = cancelled(t.object, reason, f.opts.Clock())
		r.Header = http.Header{"Content-Type": {fhirJSON}, "Prefer": {"return=minimal"}, "If-Match": {`W/"` + t.version + `"`}}
		r.Plain = true
		f.at("put task")
		a, fault := f.wire.Send(ctx, r)
		if fault != nil {
			return fault
		}
		status, page := a.Status, wire.WebPage(a)
		switch {
		case status < 300 && page != "":
			fault = f.notFHIR(r, a, task.typ)
		case status >= 300:
			fault = f.refusal(r, a)
		}
		a.Free()
		switch {
		case status == http.StatusNotFound || status == http.StatusGone:
			last = fault // the next reading says whether it is gone
		case moved(status):
			last = fault
		default:
			return result(fault)
		}
	}
	last.Do = "the care home's staff or system keep changing the Task; the next run tries again"
	return last
}

// cancelled is the Task with its status, the reason and the time replaced. A reason
// that staff wrote becomes a note, so that it is not lost.
func cancelled(o *object, reason string, now time.Time) []byte {
	was := o.get("statusReason")
	concept, err := parseObject(was)
	if err != nil {
		concept = &object{}
	}
	if before := concept.text("text"); before != "" && before != reason {
		note := &object{}
		note.set("text", quoted(before))
		if list, ok := appended(o.get("note"), note.json()); ok {
			o.set("note", list)
		}
	}
	concept.set("text", quoted(reason))
	o.set("statusReason", concept.json())
	o.set("status", quoted("cancelled"))
	// R4 forbids that it is before authoredOn, which another clock may have given.
	at := now.Truncate(time.Second)
	for _, name := range []string{"authoredOn", "lastModified"} {
		if other := instant(o.text(name)); other.After(at) {
			at = other
		}
	}
	o.set("lastModified", quoted(at.UTC().Format(time.RFC3339Nano)))
	return o.json()
}

// appended is a JSON array with one more value at its end; what is there stays byte
// for byte. It says false of what is no array.
func appended(list, value json.RawMessage) (json.RawMessage, bool) {
	if list == nil {
		list = json.RawMessage("[]")
	}
	var there []json.RawMessage
	if json.Unmarshal(list, &there) != nil || there == nil {
		return nil, false
	}
	end := bytes.LastIndexByte(list, ']')
	out := slices.Clone(list[:end])
	if len(there) > 0 {
		out = append(out, ',')
	}
	return append(append(out, value...), ']'), true
}
