package fhir

import (
	"context"
	"net/http"

	"brygga/adapters"
	"brygga/adapters/wire"
)

// transact sends one transaction. It gives an answer per write; or none and the
// status, if the transaction as such was refused and may be tried in parts; or
// none and the index of the one write that the server says is stale.
// once is without retries.
func (s *System) transact(ctx context.Context, writes []adapters.Write, once bool) (answers []adapters.Answer, status, blame int) {
	same := func(a adapters.Answer, status int) ([]adapters.Answer, int, int) {
		answers := make([]adapters.Answer, len(writes))
		for i := range answers {
			answers[i] = a
		}
		return answers, status, -1
	}
	r := request{
		Method: http.MethodPost, URL: s.address("", nil), Repeatable: true, Once: once, Kind: writes[0].Type,
		Header: http.Header{"Content-Type": {fhirJSON}, "Prefer": {"return=minimal"}},
	}
	var err error
	if r.Body, err = transaction(writes); err != nil {
		return nil, http.StatusBadRequest, -1 // one body is no JSON; alone, it is found
	}
	a, fault := s.send(ctx, r)
	if fault != nil {
		return same(failed(fault), 0)
	}
	defer a.Free()
	switch status := a.Status; {
	case status == http.StatusOK:
		entries, err := parseResponse(a.Body(), len(writes))
		if err != nil {
			e := s.fault(r, adapters.Protocol, status, err.Error(), "see the server's log; what was written is seen at the next run")
			if wire.WebPage(a) != "" {
				e = s.notFHIR(r, a, nil)
			}
			return same(failed(e), status)
		}
		answers := make([]adapters.Answer, len(writes))
		for i, w := range writes {
			answers[i] = s.answered(w, entries[i])
		}
		return answers, status, -1
	case status == http.StatusPreconditionFailed || status == http.StatusConflict:
		if at := blamed(a.Body(), len(writes)); at >= 0 && len(writes) > 1 {
			return nil, status, at
		}
		return same(adapters.Answer{Answered: adapters.Stale}, status)
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge, status == http.StatusUnprocessableEntity,
		(status == http.StatusNotFound || status == http.StatusGone || notOffered(status)) && wire.WebPage(a) == "":
		return nil, status, -1
	default:
		return same(failed(s.refusal(r, a)), status)
	}
}

// single sends one write as a request of its own, under the same condition.
func (s *System) single(ctx context.Context, w adapters.Write) adapters.Answer {
	r := request{
		Method: http.MethodPost, URL: s.address(w.Type, nil), Body: w.Body, Kind: w.Type, Plain: true,
		Header: http.Header{"Content-Type": {fhirJSON}, "Prefer": {"return=minimal"}},
	}
	if w.Op == adapters.Create {
		r.Header.Set("If-None-Exist", condition(w.Identifier))
	} else {
		r.Method, r.URL = http.MethodPut, s.address(w.Type+"/"+w.ID, nil)
		r.Header.Set("If-Match", etag(w.Version))
	}
	a, fault := s.send(ctx, r)
	if fault != nil {
		return failed(fault)
	}
	defer a.Free()
	if page := wire.WebPage(a); page != "" && a.Status < 300 {
		return failed(s.notFHIR(r, a, nil))
	}
	answer := s.byStatus(w, a.Status, func() *adapters.Error { return s.refusal(r, a) })
	if answer.Answered == adapters.Written || answer.Answered == adapters.Existed {
		answer.ID, answer.Version = placed(w, a.Header.Get("Location"), a.Header.Get("ETag"), a.Body())
	}
	return answer
}
