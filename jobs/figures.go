package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"brygga/care"
	"brygga/store"
)

// JobReport is the name of the job that writes the figures of `brygga report` to files.
const JobReport = "report"

// FiguresOptions are what one run of the job is asked.
type FiguresOptions struct {
	Trigger string // "command", "schedule"
	// Write writes the figures of a snapshot, and gives the names of the files that were
	// written, also where not all could be.
	Write func(s *Stored, asOf care.Date) (files []string, err error)
}

// FiguresReport is what one run of the job wrote. It holds the names of files and no
// figures.
type FiguresReport struct {
	Run      string    `json:"run"`
	Tenant   string    `json:"tenant"`
	Job      string    `json:"job"`
	Trigger  string    `json:"trigger"`
	AsOf     care.Date `json:"asOf"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Exit     int       `json:"exit"`
	Problems []Problem `json:"problems,omitempty"`
	Files    []string  `json:"files"`
}

// RunReport is one run of the job: it puts together what the last pull left, and has
// the figures written. No system is reached, and running it again on one day writes the
// same files. What cannot be written is in the report; the error is that the run itself
// could not be recorded, or was stopped.
func (o *Opened) RunReport(ctx context.Context, opt FiguresOptions) (*FiguresReport, error) {
	release, err := o.leaseOf(ctx, JobReport)
	if err != nil {
		return nil, err
	}
	defer release()
	rep := &FiguresReport{
		Run: uuid.NewString(), Tenant: o.Tenant, Job: JobReport, Trigger: opt.Trigger, AsOf: o.Today(),
		Started: o.Now(), Files: []string{},
	}
	run := store.Run{ID: rep.Run, Job: JobReport, Trigger: opt.Trigger, AsOf: rep.AsOf, Started: rep.Started}
	if err := startRun(ctx, o.Job.Store, run); err != nil {
		return nil, err
	}
	if err := o.figures(ctx, opt, rep); err != nil {
		rep.Exit = ExitFailed
		rep.Problems = append(rep.Problems, Problem{Kind: JobReport, What: err.Error()})
	}
	rep.Ended = o.Now()
	run.Ended, run.Exit = rep.Ended, rep.Exit
	err = finishRun(ctx, o.Job.Store, run, rep)
	o.tell(ctx, &Report{
		Run: rep.Run, Tenant: rep.Tenant, Job: rep.Job, Trigger: rep.Trigger, AsOf: rep.AsOf,
		Started: rep.Started, Ended: rep.Ended, Exit: rep.Exit, Problems: rep.Problems,
	}, err)
	return rep, errors.Join(err, ctx.Err())
}

func (o *Opened) figures(ctx context.Context, opt FiguresOptions, rep *FiguresReport) error {
	s, err := LoadSnapshot(ctx, o.Config, o.Job.Store, rep.AsOf, o.Now())
	if err != nil {
		return err
	}
	files, err := opt.Write(s, rep.AsOf)
	rep.Files = append(rep.Files, files...)
	return err
}
