package fhir

import (
	"context"
	"sync"

	"brygga/adapters"
	"brygga/adapters/wire"
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
			answers[i] = adapters.Answer{Answered: adapters.Refused, Err: s.fault(request{Kind: wire.Word(w.Type)}, adapters.Rejected, 0, "a write "+wrong+" and was not sent", "report this as a fault of brygga")}
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

// applyBatch sends one batch and splits it as long as the server refuses it.
// What it learns of the server's limits, later batches know.
func (s *System) applyBatch(ctx context.Context, g group, writes []adapters.Write, at []int, answers []adapters.Answer, h *health) {
	if e := h.gone(); e != nil {
		setAll(answers, at, failed(notSent(e)))
		return
	}
	s.split(ctx, g, writes, at, answers, h)
}

func setAll(answers []adapters.Answer, at []int, a adapters.Answer) {
	for _, i := range at {
		answers[i] = a
	}
}
