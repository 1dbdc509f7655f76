package jobs

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"brygga/adapters"
	"brygga/care"
	"brygga/jobs/notify"
	fhirmap "brygga/mapping/fhir"
	"brygga/store"
)

// JobReconcile is the name of the nightly job.
const JobReconcile = "reconcile"

// Job is one tenant's nightly job with everything it works on. It is made by
// Open from a configuration.
type Job struct {
	Tenant   string
	Language string // of the texts that are written: sv or en
	Store    *store.Tenant
	// Systems are those that provide facts and, last where it provides none, the one
	// that receives.
	Systems   []*System
	Receiver  *System
	Params    ParamSet
	Consent   care.ConsentTerms
	UnitNames []string // every unit that the configuration names
	Rollout   Rollout  // without what a run adds: AsOf, Baseline, UnitOf
	Limits    Limits
	FullAfter time.Duration
	Secret    []byte // signs saved previews
	Config    string // hash of what influences judging and writing
	// AuditKey gives the key of the audit log; nil: nothing is written down there.
	AuditKey func(context.Context) ([]byte, error)
	User     string       // of the operating system; empty where it does not say
	Own      care.FactSet // what brygga itself provides

	Now      func() time.Time
	Log      zerolog.Logger
	Progress Progress
	Teller   *notify.Teller // nil: nobody is told how a run ended
	Spread   *Spread        // nil: a run writes by itself
	atStep   func(step string)
}

// Progress is told how a run goes on; every field may be nil.
type Progress struct {
	Stage  func(name string)
	Pulled func(KindReport)
	Wrote  func(done, of int)
}

func (p Progress) stage(name string) {
	if p.Stage != nil {
		p.Stage(name)
	}
}

// RunOptions are what one run is asked.
type RunOptions struct {
	AsOf       care.Date // the day that is judged; a run that writes judges today only
	Trigger    string    // "command", "schedule"
	Full       bool      // read visits and notes whole
	Accept     string    // the hash of a set of changes that the guard stopped
	AcceptGone bool
	// Also is what is read besides what the parameters in force need: for the
	// comparison with others.
	Also care.FactSet

	// versions: the records are asked for their versions when they have been judged.
	versions  bool
	unsettled *unsettled // of which is looked what became; nil: of nothing
}

// alone says whether one FHIR server is all there is.
func (j *Job) alone() bool { return alone(j.Systems) }

// provides is what some system provides.
func (j *Job) provides() (set care.FactSet) {
	for _, s := range j.Systems {
		set |= s.Authority
	}
	return set | j.Own
}

// systemOf finds the system that a reference is of, and how that system writes it.
func (j *Job) systemOf(r care.Ref) (*System, care.Ref) {
	if j.alone() {
		return j.Systems[0], r
	}
	for _, s := range j.Systems {
		if own, ok := s.local(r); ok {
			return s, own
		}
	}
	return nil, r
}

// Today is the date in Stockholm now.
func (j *Job) Today() care.Date { return care.DateOf(j.Now()) }

// Prepared is a run up to its first write.
type Prepared struct {
	Report     *Report
	Judged     []Judged
	Snapshot   *care.Snapshot
	Units      *Units
	diff       DiffInput
	changes    []Change
	baseline   []baselined
	facts      map[care.Ref]string // what the changes rest on → version, for a saved preview
	inCare     int
	there      map[care.Ref]care.Ref // who people are in the system that receives; nil where it is the only one
	lost       []care.Ref            // who is not found in that system
	unanswered *adapters.Error       // why a question of the rules was not answered
	// blocked: what stands could not be read, so nothing may be written.
	blocked bool
	holder  string           // by which the run has its lease
	doubts  map[string]doubt // of earlier writes, for the audit log
}

// Preview does everything that a run does but write: it reads, stores what it
// read, judges, and gives the changes that a run would make.
func (j *Job) Preview(ctx context.Context, opt RunOptions) (*Prepared, error) {
	release, err := j.lease(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	opt.versions = true
	p, pulled, err := j.prepare(ctx, opt)
	if err != nil {
		return nil, err
	}
	p.facts = factsOf(p, pulled)
	p.Report.Guard = Guard(p.changes, p.diff.Standing, p.inCare, j.Limits)
	p.Report.Ended = j.Now()
	return p, nil
}

// Reconcile is one night: read, judge, compare, write what differs. The report
// is there also when the run was stopped or incomplete; the error is about our
// own side (store, context), or what a person asked for that cannot be.
func (j *Job) Reconcile(ctx context.Context, opt RunOptions) (*Report, error) {
	if j.Rollout.Write && opt.AsOf != j.Today() {
		return nil, fmt.Errorf("a run that writes judges today, %s, and not %s", j.Today(), opt.AsOf)
	}
	holder, release, err := j.leaseAs(ctx, JobReconcile)
	if err != nil {
		return nil, err
	}
	defer func() { release(); j.step(stepGivenBack) }()
	j.step(stepLeased)
	return j.recorded(ctx, opt, func(run string) (*Report, error) {
		j.step(stepBegun)
		log, err := j.audited(ctx, JobReconcile, run, opt.Trigger)
		if err != nil {
			return nil, err
		}
		if err := j.withdraw(ctx); err != nil {
			return nil, err
		}
		if opt.unsettled, err = j.unsettled(ctx, log); err != nil {
			return nil, err
		}
		p, pulled, err := j.prepare(ctx, opt)
		if err != nil {
			return nil, err
		}
		p.Report.Run, p.holder = run, holder
		if !p.blocked {
			p.doubts, err = j.settle(ctx, log, opt.unsettled, Standing{Own: p.diff.Standing, Unread: p.diff.Unread})
			if err != nil {
				return p.Report, err
			}
		}
		if err := j.write(ctx, p, opt.Accept, log); err != nil {
			return p.Report, err
		}
		j.step(stepApplied)
		err = j.forgetBaseline(ctx, p, pulled)
		j.step(stepForgotten)
		return p.Report, err
	})
}

// recorded keeps a run record around work: one that starts and never ends in the
// store is a run whose process died.
func (j *Job) recorded(ctx context.Context, opt RunOptions, work func(run string) (*Report, error)) (*Report, error) {
	run := store.Run{ID: uuid.NewString(), Job: JobReconcile, Trigger: opt.Trigger, AsOf: opt.AsOf, Started: j.Now()}
	if err := startRun(ctx, j.Store, run); err != nil {
		return nil, err
	}
	rep, err := work(run.ID)
	if rep == nil {
		rep = &Report{Run: run.ID, Tenant: j.Tenant, Job: JobReconcile, Trigger: opt.Trigger, AsOf: opt.AsOf}
	}
	rep.Started, rep.Ended = run.Started, j.Now()
	if err != nil {
		rep.Exit = Worse(rep.Exit, ExitFailed)
		what := err.Error()
		if ctx.Err() != nil {
			what = "the run was stopped before it was done; what was read or written until then stands, and the next run does the rest"
		}
		rep.Problems = append(rep.Problems, Problem{What: what})
	}
	kept := *rep
	kept.Changes, kept.Unjoined = nil, nil // counts are kept, not who; the record systems hold the rest
	kept.Quarantine = kept.Quarantine[:min(len(kept.Quarantine), mostKept)]
	run.Ended, run.Exit = rep.Ended, rep.Exit
	if ferr := finishRun(ctx, j.Store, run, kept); err == nil {
		err = ferr
	}
	j.step(stepFinished)
	j.tell(ctx, rep, err)
	return rep, err
}

// mostKept is how many lines of quarantine a run's record keeps; the store's own
// quarantine has them all.
const mostKept = 1000

// write guards and writes what was prepared, and fills in the report.
func (j *Job) write(ctx context.Context, p *Prepared, accept string, log *audit) error {
	rep := p.Report
	if p.blocked || rep.refusesCodes() || rep.Totals.Writes() == 0 {
		return nil
	}
	notes := &writeLog{audit: log, system: j.Receiver.Name, doubts: p.doubts, client: func(c care.Ref) care.Ref { return cmp.Or(p.diff.Fates[c].client, c) }}
	if stop := Guard(p.changes, p.diff.Standing, p.inCare, j.Limits); stop != nil {
		if stop.Hash != accept {
			rep.Guard = stop
			rep.Exit = Worse(rep.Exit, ExitGuard)
			return nil
		}
		notes.basis = "accepted changes " + accept
	}
	j.Progress.stage("writing")
	if j.Spread.among(rep.Totals.Writes()) > 1 {
		return j.applySpread(ctx, p, rep, notes)
	}
	return j.applyChanges(ctx, p.diff, p.changes, rep, notes)
}

func (j *Job) applyChanges(ctx context.Context, diff DiffInput, changes []Change, rep *Report, notes *writeLog) error {
	a := &applier{
		sink: j.Receiver.Sink, source: j.Receiver.Source, writer: j.writer(),
		now: j.Now, diff: diff, told: j.Progress.Wrote, notes: notes, step: j.step,
	}
	res, err := a.apply(ctx, changes)
	j.conclude(rep, res)
	return err
}

// conclude reports what became of the changes of a run.
func (j *Job) conclude(rep *Report, res Applied) {
	rep.Applied = &res
	if res.Left > 0 {
		rep.Exit = Worse(rep.Exit, ExitPartly)
		rep.Problems = append(rep.Problems, Problem{
			System: j.Receiver.Name, Kind: "writes",
			What: fmt.Sprintf("%s: %d changes were left, since others kept changing what they are about; the next run looks at them again", j.Receiver.Name, res.Left),
		})
	}
	if res.Refused+res.Failed > 0 {
		rep.Exit = Worse(rep.Exit, ExitFailed)
		for _, text := range res.Problems {
			rep.Problems = append(rep.Problems, Problem{System: j.Receiver.Name, Kind: "writes", What: text})
		}
	}
}

func (j *Job) writer() fhirmap.Writer { return fhirmap.Writer{Tenant: j.Tenant} }
