package jobs

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"brygga/adapters"
	"brygga/care"
	"brygga/care/rules"
	"brygga/store"
)

// askFunc asks the source what the rules want to know besides what was pulled.
type askFunc func(ctx context.Context, p *Prepared, asOf care.Date) error

// askAgain is how long a "no" is believed: a visit since then would have been
// pulled by change, as long as the nights follow each other.
const askAgain = 7 * 24 * time.Hour

// addAnswers puts what was answered on earlier nights among the facts.
func (j *Job) addAnswers(ctx context.Context, in *care.Input) error {
	sys := j.answering()
	if sys == nil {
		return nil
	}
	stored, err := j.Store.Answers(ctx, sys.Name)
	if err != nil {
		return err
	}
	in.Answers = answersFor(in, sys, stored, j.alone(), j.Now())
	return nil
}

// answersFor puts stored answers on the clients whose services they are about.
func answersFor(in *care.Input, sys *System, stored map[care.Ref]store.Answer, alone bool, now time.Time) map[care.Ref][]care.Answer {
	out := map[care.Ref][]care.Answer{}
	for r := range in.Each {
		for _, s := range r.Services {
			own, ok := s.Ref, alone
			if !alone {
				own, ok = sys.local(s.Ref)
			}
			if a, asked := stored[own]; ok && asked && r.Client != "" && believed(a, now) {
				out[r.Client] = append(out[r.Client], care.Answer{Service: s.Ref, Found: a.Found})
			}
		}
	}
	return out
}

// answering is the system that can be asked whether a visit was ever made: the
// authority for visits, where it answers questions; nil where none does.
func (j *Job) answering() *System {
	for _, s := range j.Systems {
		if s.Authority.Has(care.SetOf(care.KindVisit)) && s.Source.Can().Any {
			return s
		}
	}
	return nil
}

// believed says whether an answer still counts. One from the future was given
// before this machine's clock went back.
func believed(a store.Answer, now time.Time) bool {
	return a.Found || !a.At.After(now) && now.Sub(a.At) < askAgain
}

// giveUp is after how many questions in a row without an answer no more are asked.
const giveUp = 5

// ask puts the rules' questions to the source, several at a time, keeps the
// answers, and judges again those whom they concern. A question that the source
// does not answer leaves the finding unmade, and what stands for it as it is:
// nothing comes of missing data.
func (j *Job) ask(ctx context.Context, p *Prepared, asOf care.Date) error {
	type asked struct {
		judged *Judged
		q      rules.Question
	}
	var all []asked
	for i := range p.Judged {
		for _, q := range p.Judged[i].Questions {
			all = append(all, asked{&p.Judged[i], q})
		}
	}
	if len(all) == 0 {
		return nil
	}
	sys := j.answering()
	own := func(service care.Ref) (care.Ref, bool) {
		of, ref := j.systemOf(service)
		return ref, of == sys && sys != nil
	}
	all = slices.DeleteFunc(all, func(a asked) bool { _, can := own(a.q.Service); return !can })
	if len(all) == 0 {
		return nil // findings that rest on an answer are not made
	}
	j.Progress.stage("asking")
	answers := map[care.Ref]store.Answer{}
	again := map[*Judged]bool{}
	var mu sync.Mutex
	inARow := 0
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(sideBySide)
	for _, a := range all {
		mu.Lock()
		stop := inARow >= giveUp
		mu.Unlock()
		if stop {
			break
		}
		g.Go(func() error {
			service, _ := own(a.q.Service)
			found, err := sys.Source.Any(gctx, adapters.Query{
				Kind: store.VisitKind, Type: "Encounter",
				Params: url.Values{"based-on": {string(service)}, "status": {"finished"}},
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				inARow++
				p.unanswered = asFault(err, sys.Name, store.VisitKind)
				return gctx.Err()
			}
			inARow = 0
			answers[service] = store.Answer{At: j.Now(), Found: found}
			c := a.judged.Client
			c.Answers = append(c.Answers, care.Answer{Service: a.q.Service, Found: found})
			again[a.judged] = true
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for judged := range again {
		judged.Judgement = rules.Judge(judged.Client, p.Snapshot.Roster, judged.Params, asOf)
	}
	return j.Store.PutAnswers(ctx, sys.Name, answers)
}

// asFault gives an error of an adapter as what it is; any other is a protocol fault.
func asFault(err error, system, kind string) *adapters.Error {
	if f, ok := err.(*adapters.Error); ok {
		return f
	}
	return &adapters.Error{Class: adapters.Protocol, System: system, Kind: kind, What: err.Error(), Err: err}
}
