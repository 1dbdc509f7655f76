package fhir

import (
	"context"
	"net/http"

	"brygga/adapters"
)

// split sends the writes as one transaction, and in halves if that is refused.
// clean says that every one of them stands now, and largest how many of them
// went through together. A transaction that was refused although all its parts
// went through was too large: that is remembered, and cuts what is still to be
// sent, here and in batches under way.
func (s *System) split(ctx context.Context, g group, writes []adapters.Write, at []int, answers []adapters.Answer, h *health) (largest int, clean bool) {
	size, _, plain := s.limits.now(g)
	switch {
	case len(at) == 0:
		return 0, true
	case plain:
		return 0, s.singly(ctx, g, writes, at, answers, h)
	case len(at) > size:
		return s.both(ctx, g, writes, at, size, answers, h)
	}
	some := make([]adapters.Write, len(at))
	for i, k := range at {
		some[i] = writes[k]
	}
	got, status, blame := s.transact(ctx, some, false)
	switch {
	case got != nil && status == http.StatusInternalServerError && len(at) > 1:
		for i, a := range s.isolate(ctx, some, got) {
			answers[at[i]] = a
		}
		h.note(failure(answers[at[0]]))
		return 0, false
	case got != nil:
		clean = true
		for i, k := range at {
			answers[k] = got[i]
			clean = clean && stands(got[i])
		}
		h.note(failure(got[0]))
		if got[0].Answered == adapters.Failed {
			return 0, false
		}
		s.limits.went(g, len(at))
		return len(at), clean
	case blame >= 0: // told which one is stale: the others were not written, and may be
		answers[at[blame]] = adapters.Answer{Answered: adapters.Stale}
		largest, _ = s.split(ctx, g, writes, append(append([]int{}, at[:blame]...), at[blame+1:]...), answers, h)
		return largest, false
	case len(at) == 1 || notOffered(status):
		clean = s.singly(ctx, g, writes, at, answers, h)
		if clean {
			s.limits.noTransactions(g)
		}
		return 0, clean
	}
	largest, clean = s.both(ctx, g, writes, at, len(at)/2, answers, h)
	if clean && largest > 0 {
		s.limits.tooLarge(g, largest)
	}
	return largest, clean
}

// both splits the writes in two, the first part being of n.
func (s *System) both(ctx context.Context, g group, writes []adapters.Write, at []int, n int, answers []adapters.Answer, h *health) (largest int, clean bool) {
	a, cleanA := s.split(ctx, g, writes, at[:n], answers, h)
	b, cleanB := s.split(ctx, g, writes, at[n:], answers, h)
	return max(a, b), cleanA && cleanB
}

// singly sends each write as a request of its own. It says whether all stand.
func (s *System) singly(ctx context.Context, _ group, writes []adapters.Write, at []int, answers []adapters.Answer, h *health) bool {
	clean := true
	for _, k := range at {
		if e := h.gone(); e != nil {
			answers[k] = failed(notSent(e))
			clean = false
			continue
		}
		answers[k] = s.single(ctx, writes[k])
		h.note(failure(answers[k]))
		clean = clean && stands(answers[k])
	}
	return clean
}

// isolate looks for the write that makes a server fail with 500, also when asked
// again: each half is sent once, and only where exactly one of them fails is that
// one looked into. Nobody's findings are held up by somebody else's record, and a
// server that is plainly ill is not asked for long.
func (s *System) isolate(ctx context.Context, some []adapters.Write, failed []adapters.Answer) []adapters.Answer {
	if len(some) < 2 {
		return failed
	}
	half := len(some) / 2
	a, statusA, _ := s.transact(ctx, some[:half], true)
	b, statusB, _ := s.transact(ctx, some[half:], true)
	if a == nil {
		a, statusA = failed[:half], 0
	}
	if b == nil {
		b, statusB = failed[half:], 0
	}
	const ill = http.StatusInternalServerError
	switch {
	case statusA == ill && statusB == http.StatusOK:
		a = s.isolate(ctx, some[:half], a)
	case statusB == ill && statusA == http.StatusOK:
		b = s.isolate(ctx, some[half:], b)
	}
	return append(append(make([]adapters.Answer, 0, len(some)), a...), b...)
}

// notOffered: a server that does not take transactions says so by these.
func notOffered(status int) bool {
	return status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented
}

func stands(a adapters.Answer) bool {
	return a.Answered == adapters.Written || a.Answered == adapters.Existed
}
