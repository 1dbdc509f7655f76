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
	rules.Judgement
}

// JudgeAll judges every client of a snapshot on a day, on all cores. The answer
// is in the order of the snapshot.
func JudgeAll(s *care.Snapshot, params ParamSet, units *Units, asOf care.Date) []Judged {
	out := make([]Judged, len(s.Clients))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(out); i += workers {
				out[i] = judgeOne(s.Clients[i], s.Roster, params, units, asOf)
			}
		})
	}
	wg.Wait()
	return out
}

func judgeOne(c *care.Client, r *care.Roster, params ParamSet, units *Units, asOf care.Date) Judged {
	unit := UnitOf(c, asOf)
	key := units.Key(unit)
	return Judged{Client: c, Unit: unit, Key: key, Judgement: rules.Judge(c, r, params.For(key), asOf)}
}
