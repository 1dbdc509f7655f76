// Package mixed runs one simulated municipality as several systems: a FHIR server
// that knows people and receives Flags and Tasks, a record system with an API in
// Lifecare's style, and a folder of nightly exports. What they hold together is what
// the FHIR resources of sandbox/people hold, as far as such systems have a place for it.
//
// Of what there is none: dates of contacts (who is a contact now is all that is
// known), leave of staff, deviations, risks, action plans, plans shared with health
// care, which service a visit is based on, consents to anything but a handover.
// What is otherwise told: two clients with one personnummer are one person; a
// confidential client is in every list but that of clients; a client without a
// number has one of the record system's own; a visit by two is two rows; a review
// moves the follow-up of its plan, and stands in the register.
package mixed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"brygga/sandbox"
	"brygga/sandbox/exports"
	"brygga/sandbox/lifecare"
	"brygga/sandbox/people"
)

// Options says which municipality is run, and how.
type Options struct {
	People people.Options
	// Clock is that of all systems. Required.
	Clock func() time.Time
	// Dir is the folder in which the folder of exports is made. Required.
	Dir string
	// Lifecare says how that system behaves; its Clock, Domain and Key may be left out.
	Lifecare lifecare.Options
	// Exports says how files are written; its Dir may be left out.
	Exports exports.Options
}

// What the record system demands where Options do not say it.
const (
	Domain = "exempelkommun"
	Key    = "sandbox-key" // of a simulation: it opens nothing
)

// Town is a municipality whose systems are running.
type Town struct {
	Municipality *people.Municipality

	FHIR    *sandbox.Server
	FHIRURL string // of the FHIR base, without a trailing slash

	Lifecare    *lifecare.Server
	LifecareURL string // with the base path, without a trailing slash
	Domain, Key string

	Exports *exports.Folder

	asOf  time.Time
	clock func() time.Time
	stop  []func()
	once  sync.Once
}

// Start makes a municipality and starts its systems on this machine. Files are
// exported as of the evening before AsOf. Close ends what it started; the folder
// stays.
func Start(ctx context.Context, opt Options) (t *Town, err error) {
	if opt.Clock == nil || opt.Dir == "" {
		return nil, errors.New("start the simulated systems: clock and folder are needed")
	}
	if err := opt.People.Validate(); err != nil {
		return nil, fmt.Errorf("start the simulated systems: %w", err)
	}
	t = &Town{Municipality: people.Generate(opt.People), clock: opt.Clock}
	defer func() {
		if err != nil {
			t.Close()
			t = nil
		}
	}()
	if t.asOf, err = time.Parse(time.DateOnly, opt.People.AsOf); err != nil {
		return t, fmt.Errorf("start the simulated systems: %w", err)
	}
	if err := t.startFHIR(ctx, opt); err != nil {
		return t, fmt.Errorf("start the simulated FHIR server: %w", err)
	}
	if err := t.startLifecare(ctx, opt); err != nil {
		return t, fmt.Errorf("start the simulated record system: %w", err)
	}
	if opt.Exports.Dir == "" {
		opt.Exports.Dir = filepath.Join(opt.Dir, "exports")
	}
	if t.Exports, err = exports.New(t.Municipality, opt.Exports); err != nil {
		return t, err
	}
	evening := t.asOf.AddDate(0, 0, -1)
	_, err = t.Exports.Write(evening, earlier(evening.Add(22*time.Hour+30*time.Minute), quiet(opt.Clock())))
	return t, err
}

// quiet is a time of change that readers take for that of a file which nobody is
// writing any more: they wait for up to ten minutes.
func quiet(now time.Time) time.Time { return now.Add(-11 * time.Minute) }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// startFHIR starts a server that knows clients, staff and units, and nothing of care.
func (t *Town) startFHIR(ctx context.Context, opt Options) error {
	t.FHIR = sandbox.New(sandbox.Options{Clock: opt.Clock, Seed: opt.People.Seed})
	var all []json.RawMessage
	t.Municipality.Directory(func(r people.Resource) bool {
		all = append(all, r.JSON)
		return true
	})
	if err := t.FHIR.Load(all...); err != nil {
		return err
	}
	url, stop, err := t.FHIR.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	t.FHIRURL, t.stop = url, append(t.stop, stop)
	return nil
}

func (t *Town) startLifecare(ctx context.Context, opt Options) error {
	o := opt.Lifecare
	o.Clock = opt.Clock
	if o.Domain == "" {
		o.Domain = Domain
	}
	if o.Key == "" {
		o.Key = Key
	}
	t.Domain, t.Key = o.Domain, o.Key
	t.Lifecare = lifecare.New(lifecare.NewStore(t.Municipality, opt.Clock, o.Dates), o)
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler: t.Lifecare, ReadHeaderTimeout: 30 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0), // requests may name people; faults are meant
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.Serve(l) // Close ends it
	}()
	t.LifecareURL = "http://" + l.Addr().String() + lifecare.BasePath
	t.stop = append(t.stop, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if srv.Shutdown(end) != nil {
			_ = srv.Close()
		}
		<-served
	})
	return nil
}

// NextDay lets the acts of people.Acts happen in all systems, and exports the files
// anew, as of AsOf: each system shows of an act what it has a place for. It gives
// the acts. Doing it again changes nothing.
func (t *Town) NextDay() ([]people.Act, error) {
	acts := t.Municipality.Acts()
	for _, a := range acts {
		for _, r := range a.Put {
			switch r.Type {
			case "Patient", "Practitioner", "Organization":
				if _, err := t.FHIR.Put(r.JSON); err != nil {
					return nil, fmt.Errorf("act %s: %w", a.Name, err)
				}
			}
		}
		t.Lifecare.Store().Act(a)
		t.Exports.Act(a)
	}
	if _, err := t.Exports.Write(t.asOf, quiet(t.clock())); err != nil {
		return nil, fmt.Errorf("the next day's exports: %w", err)
	}
	return acts, nil
}

// Close ends the systems and waits for them. It may be called more than once.
func (t *Town) Close() {
	t.once.Do(func() {
		for _, stop := range t.stop {
			stop()
		}
	})
}
