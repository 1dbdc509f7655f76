package fhir

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"brygga/adapters"
)

// Apply writes and answers per write, in the order given. Writes of one kind go
// together in transactions, several of which are under way at one time; where
// two of them name the same resource, the second goes after the first.
func (s *System) Apply(ctx context.Context, writes []adapters.Write) []adapters.Answer {
	answers := make([]adapters.Answer, len(writes))
	for _, round := range s.rounds(writes, answers) {
		var all sync.WaitGroup
		for g, at := range round {
			all.Go(func() { s.applyGroup(ctx, g, writes, at, answers) })
		}
		all.Wait()
	}
	return answers
}

// rounds sorts the writes into groups, and into rounds so that no round names a
// resource twice. A write that must not be sent is refused at once.
func (s *System) rounds(writes []adapters.Write, answers []adapters.Answer) []map[group][]int {
	var rounds []map[group][]int
	times := map[string]int{}
	for i, w := range writes {
		if wrong := wellFormed(w); wrong != "" {
			answers[i] = adapters.Answer{Answered: adapters.Refused, Err: s.fault(request{kind: word(w.Type)}, adapters.Rejected, 0, "a write "+wrong+" and was not sent", "report this as a fault of brygga")}
			continue
		}
		what := w.Type + "/" + w.ID
		if w.Op == adapters.Create {
			what = w.Type + "?" + w.Identifier
		}
		n := times[what]
		times[what]++
		if n == len(rounds) {
			rounds = append(rounds, map[group][]int{})
		}
		g := group{w.Op.String(), w.Type}
		rounds[n][g] = append(rounds[n][g], i)
	}
	return rounds
}

// applyGroup sends the writes at the given indexes. Until it is known how many
// of this kind the server takes in one transaction, one goes alone; then as many
// as there are connections.
func (s *System) applyGroup(ctx context.Context, g group, writes []adapters.Write, at []int, answers []adapters.Answer) {
	var health health
	for len(at) > 0 {
		size, proven, _ := s.limits.now(g)
		if proven {
			break
		}
		n := min(size, len(at))
		s.applyBatch(ctx, g, writes, at[:n], answers, &health)
		at = at[n:]
		if n < size { // these were all
			return
		}
	}
	var all sync.WaitGroup
	workers := make(chan struct{}, s.opts.Connections)
	for len(at) > 0 {
		size, _, _ := s.limits.now(g)
		n := min(size, len(at))
		batch := at[:n]
		at = at[n:]
		workers <- struct{}{}
		all.Go(func() {
			defer func() { <-workers }()
			s.applyBatch(ctx, g, writes, batch, answers, &health)
		})
	}
	all.Wait()
}

// health stops a group whose server lets nothing through: every further batch
// would wait out all its retries, for the same end.
type health struct {
	inARow atomic.Int32
	last   atomic.Pointer[adapters.Error]
}

const enough = 3

func (h *health) note(e *adapters.Error) {
	if e == nil {
		h.inARow.Store(0)
		return
	}
	h.last.Store(e)
	if h.inARow.Add(1); e.Class == adapters.Credentials || e.Class == adapters.Fatal {
		h.inARow.Store(enough)
	}
}

func (h *health) gone() *adapters.Error {
	if h.inARow.Load() < enough {
		return nil
	}
	return h.last.Load()
}

// applyBatch sends one batch and splits it as long as the server refuses it.
// What it learns of the server's limits, later batches know.
func (s *System) applyBatch(ctx context.Context, g group, writes []adapters.Write, at []int, answers []adapters.Answer, h *health) {
	if e := h.gone(); e != nil {
		e := *e
		e.What = "not sent, since the writes before failed: " + e.What
		setAll(answers, at, failed(&e))
		return
	}
	if _, _, plain := s.limits.now(g); plain {
		for _, i := range at {
			answers[i] = s.single(ctx, writes[i])
			h.note(failure(answers[i]))
		}
		return
	}
	largest := s.split(ctx, g, writes, at, answers, h)
	refused := false
	for _, i := range at {
		refused = refused || (answers[i].Answered != adapters.Written && answers[i].Answered != adapters.Existed)
	}
	if largest < len(at) && !refused {
		s.limits.tooLarge(g, largest)
	}
}

// split sends the writes as one transaction, and in halves if that is refused.
// It gives the size of the largest transaction that went through.
func (s *System) split(ctx context.Context, g group, writes []adapters.Write, at []int, answers []adapters.Answer, h *health) int {
	if len(at) == 0 {
		return 0
	}
	some := make([]adapters.Write, len(at))
	for i, k := range at {
		some[i] = writes[k]
	}
	got, status, blame := s.transact(ctx, some)
	switch {
	case got != nil:
		for i, k := range at {
			answers[k] = got[i]
		}
		h.note(failure(got[0]))
		if got[0].Answered == adapters.Failed {
			return 0
		}
		s.limits.went(g, len(at))
		return len(at)
	case blame >= 0: // told which one is stale: the others were not written, and may be
		answers[at[blame]] = adapters.Answer{Answered: adapters.Stale}
		rest := append(append([]int{}, at[:blame]...), at[blame+1:]...)
		return s.split(ctx, g, writes, rest, answers, h)
	case len(at) == 1 || notOffered(status):
		for _, k := range at {
			answers[k] = s.single(ctx, writes[k])
			h.note(failure(answers[k]))
			if answers[k].Answered == adapters.Written || answers[k].Answered == adapters.Existed {
				s.limits.noTransactions(g)
			}
		}
		return 0
	}
	half := len(at) / 2
	return max(s.split(ctx, g, writes, at[:half], answers, h), s.split(ctx, g, writes, at[half:], answers, h))
}

// notOffered: a server that does not take transactions says so by these.
func notOffered(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented
}

func failure(a adapters.Answer) *adapters.Error {
	if a.Answered == adapters.Failed {
		return a.Err
	}
	return nil
}

func setAll(answers []adapters.Answer, at []int, a adapters.Answer) {
	for _, i := range at {
		answers[i] = a
	}
}

// transact sends one transaction. It gives an answer per write; or none and the
// status, if the transaction as such was refused and may be tried in parts; or
// none and the index of the one write that the server says is stale.
func (s *System) transact(ctx context.Context, writes []adapters.Write) (answers []adapters.Answer, status, blame int) {
	same := func(a adapters.Answer) ([]adapters.Answer, int, int) {
		answers := make([]adapters.Answer, len(writes))
		for i := range answers {
			answers[i] = a
		}
		return answers, 0, -1
	}
	r := request{
		method: http.MethodPost, url: s.address("", nil), repeatable: true, kind: writes[0].Type,
		header: http.Header{"Content-Type": {fhirJSON}, "Prefer": {"return=minimal"}},
	}
	var err error
	if r.body, err = transaction(writes); err != nil {
		return nil, http.StatusBadRequest, -1 // one body is no JSON; alone, it is found
	}
	a, fault := s.send(ctx, r)
	if fault != nil {
		return same(failed(fault))
	}
	defer a.free()
	switch status := a.status; {
	case status == http.StatusOK:
		entries, err := parseResponse(a.body(), len(writes))
		if err != nil {
			e := s.fault(r, adapters.Protocol, status, err.Error(), "see the server's log; what was written is seen at the next run")
			if webPage(a) != "" {
				e = s.notFHIR(r, a, nil)
			}
			return same(failed(e))
		}
		answers := make([]adapters.Answer, len(writes))
		for i, w := range writes {
			answers[i] = s.answered(w, entries[i])
		}
		return answers, status, -1
	case status == http.StatusPreconditionFailed || status == http.StatusConflict:
		if at := blamed(a.body(), len(writes)); at >= 0 && len(writes) > 1 {
			return nil, status, at
		}
		return same(adapters.Answer{Answered: adapters.Stale})
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge, status == http.StatusUnprocessableEntity, notOffered(status) && webPage(a) == "":
		return nil, status, -1
	default:
		return same(failed(s.refusal(r, a)))
	}
}

// single sends one write as a request of its own, under the same condition.
func (s *System) single(ctx context.Context, w adapters.Write) adapters.Answer {
	r := request{
		method: http.MethodPost, url: s.address(w.Type, nil), body: w.Body, kind: w.Type, plain: true,
		header: http.Header{"Content-Type": {fhirJSON}, "Prefer": {"return=minimal"}},
	}
	if w.Op == adapters.Create {
		r.header.Set("If-None-Exist", condition(w.Identifier))
	} else {
		r.method, r.url = http.MethodPut, s.address(w.Type+"/"+w.ID, nil)
		r.header.Set("If-Match", etag(w.Version))
	}
	a, fault := s.send(ctx, r)
	if fault != nil {
		return failed(fault)
	}
	defer a.free()
	if page := webPage(a); page != "" && a.status < 300 {
		return failed(s.notFHIR(r, a, nil))
	}
	answer := s.byStatus(w, a.status, func() *adapters.Error { return s.refusal(r, a) })
	if answer.Answered == adapters.Written || answer.Answered == adapters.Existed {
		answer.ID, answer.Version = placed(w, a.header.Get("Location"), a.header.Get("ETag"), a.body())
	}
	return answer
}
