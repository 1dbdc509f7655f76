package fhir

import (
	"sync/atomic"

	"brygga/adapters"
)

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

func notSent(e *adapters.Error) *adapters.Error {
	n := *e
	n.What = "not sent, since the writes before failed: " + e.What
	return &n
}

func failure(a adapters.Answer) *adapters.Error {
	if a.Answered == adapters.Failed {
		return a.Err
	}
	return nil
}
