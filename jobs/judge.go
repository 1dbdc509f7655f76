package jobs

import (
	"runtime"
	"sync"

	"brygga/care"
	"brygga/care/rules"
)

// Judged is one client with the answer of the rules.
type Judged struct {
	Client *care.Client
	Unit   care.Ref // in the source
	Key    string   // the unit as the configuration names it
	Params *rules.Params
	rules.Judgement
}

// JudgeAll judges every client of a snapshot on a day, on all cores. The answer
// is in the order of the snapshot.
func JudgeAll(s *care.Snapshot, params ParamSet, units *Units, asOf care.Date) []Judged {
	out := make([]Judged, len(s.Clients))
	scopes := params.In(units)
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(out); i += workers {
				out[i] = judgeOne(s.Clients[i], s.Roster, scopes, units, asOf)
			}
		})
	}
	wg.Wait()
	return out
}

func judgeOne(c *care.Client, r *care.Roster, scopes *Scopes, units *Units, asOf care.Date) Judged {
	unit, params := UnitOf(c, asOf), scopes.For(c, asOf)
	return Judged{
		Client: c, Unit: unit, Key: units.Key(unit), Params: params, Judgement: rules.Judge(c, r, params, asOf),
	}
}
