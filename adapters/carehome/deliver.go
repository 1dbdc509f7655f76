package carehome

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// Deliver puts the document at the server, unless it stands there.
func (f *FHIR) Deliver(ctx context.Context, d adapters.Delivery, _ string) (adapters.Receipt, error) {
	fault := f.ready(ctx, d.ID, document)
	if fault == nil {
		fault = f.ours(document, d.ID, d.Document)
	}
	if fault != nil {
		return adapters.Receipt{}, fault
	}
	ref, err := f.place(ctx, document, d.ID, d.Document, d.Permit)
	return adapters.Receipt{Document: ref}, err
}

// Delivered asks the server whether it has the document.
func (f *FHIR) Delivered(ctx context.Context, id, _ string) (adapters.Receipt, bool, error) {
	if fault := f.ready(ctx, id, document); fault != nil {
		return adapters.Receipt{}, false, fault
	}
	ref, fault := f.find(ctx, document, id)
	return adapters.Receipt{Document: ref}, ref != "", result(fault)
}

// Announce puts the Task at the server, unless it stands there.
func (f *FHIR) Announce(ctx context.Context, id string, r adapters.Receipt, body []byte) (adapters.Receipt, error) {
	fault := f.ready(ctx, id, task)
	if fault == nil {
		fault = f.ours(task, id, body)
	}
	if fault != nil || r.Task != "" {
		return r, result(fault)
	}
	ref, err := f.place(ctx, task, id, body, nil)
	r.Task = ref
	return r, err
}

// Announced asks the server which Task stands about a delivery.
func (f *FHIR) Announced(ctx context.Context, id string) (adapters.Receipt, error) {
	if fault := f.ready(ctx, id, task); fault != nil {
		return adapters.Receipt{}, fault
	}
	ref, fault := f.find(ctx, task, id)
	return adapters.Receipt{Task: ref}, result(fault)
}

// place sees to it that one resource with the identifier stands at the server, and
// says which. What may have been carried out is never sent again before a search says
// that it was not: so a server that passes over If-None-Exist does not get two either,
// as long as nobody else sends the same at the same moment. permitted, where given, is
// asked right before each sending; its error ends it.
func (f *FHIR) place(ctx context.Context, k kind, id string, body []byte, permitted func(context.Context) error) (string, error) {
	for try := 0; ; try++ {
		f.at("search " + k.name)
		ref, fault := f.find(ctx, k, id)
		if ref != "" || fault != nil {
			return ref, result(fault)
		}
		if permitted != nil {
			if err := permitted(ctx); err != nil {
				return "", err
			}
		}
		f.at("post " + k.name)
		ref, fault = f.post(ctx, k, id, body)
		if fault == nil {
			f.at("posted " + k.name)
			return ref, nil
		}
		again := fault.Class == adapters.Retry || fault.Class == adapters.Wait || moved(fault.Status)
		switch {
		case ctx.Err() != nil || fault.Class != adapters.Protocol && !again:
			return "", fault
		case !again || try >= f.opts.Retries:
			if ref, _ := f.find(ctx, k, id); ref != "" {
				return ref, nil
			}
			return "", fault
		}
		f.wire.Log().Info().Str("kind", k.name).Int("try", try+1).Int("status", fault.Status).
			Msg("the care home's server gave no clear answer; asking whether it has it before sending again")
		if err := f.opts.Sleep(ctx, f.pause(try, fault.After)); err != nil {
			return "", fault
		}
	}
}

// moved: somebody else wrote the same at this moment, or it stands several times.
func moved(status int) bool {
	return status == http.StatusConflict || status == http.StatusPreconditionFailed
}

// pause doubles from half a second, unless the server asks for another.
func (f *FHIR) pause(try int, asked time.Duration) time.Duration {
	if asked > 0 {
		return min(asked, f.opts.MaxRetryAfter)
	}
	return min(500*time.Millisecond<<min(try, 6), 30*time.Second)
}

// post sends the conditional create once. The error's class is Retry, Wait or
// Protocol where it may have been carried out.
func (f *FHIR) post(ctx context.Context, k kind, id string, body []byte) (string, *adapters.Error) {
	r := wire.Request{
		Method: http.MethodPost, URL: f.wire.Address(k.typ, nil), Body: body, Kind: k.name, Once: true, Plain: true,
		Header: http.Header{
			"Content-Type":  {fhirJSON},
			"Prefer":        {"return=minimal"},
			"If-None-Exist": {url.Values{"identifier": {k.token(id)}}.Encode()},
		},
	}
	a, fault := f.wire.Send(ctx, r)
	if fault != nil {
		return "", fault
	}
	defer a.Free()
	if a.Status != http.StatusOK && a.Status != http.StatusCreated {
		return "", f.refusal(r, a)
	}
	if wire.WebPage(a) != "" {
		return "", f.notFHIR(r, a, k.typ)
	}
	if at := placed(k.typ, a.Header, a.Body()); at != "" {
		ref := k.typ + "/" + at
		if a.Status == http.StatusCreated {
			return ref, nil
		}
		// It existed, says the server: then what exists must be ours.
		if ok, fault := f.stands(ctx, k, id, ref); ok || fault != nil {
			return ref, fault
		}
	}
	ref, fault := f.find(ctx, k, id)
	if fault == nil && ref == "" {
		fault = f.wire.Fault(r, adapters.Protocol, a.Status, "the server says that it has it, and does not say where",
			"have the server send the header Location, and search "+k.typ+" by identifier")
	}
	return ref, fault
}
