package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"brygga/sandbox"
	"brygga/sandbox/mixed"
	"brygga/sandbox/people"
)

// one runs the municipality as one FHIR server, and gives its part of a configuration.
func (d *demo) one(ctx context.Context) (systems string, stop func(), err error) {
	d.m = people.Generate(d.opt)
	d.server = sandbox.New(sandbox.Options{Clock: d.Now, Seed: d.opt.Seed})
	var batch []json.RawMessage
	n := map[string]int{}
	d.m.Resources(func(r people.Resource) bool {
		n[r.Type]++
		if batch = append(batch, r.JSON); len(batch) == 5000 {
			err = d.server.Load(batch...)
			batch = batch[:0]
		}
		return err == nil
	})
	if err == nil {
		err = d.server.Load(batch...)
	}
	if err != nil {
		return "", nil, fmt.Errorf("fill the simulated record system: %w", err)
	}
	d.say("A simulated municipality, seed %d, %s: %d clients, %d members of staff, %d plans, %d notes, %d visits.",
		d.opt.Seed, d.today, n["Patient"], n["Practitioner"], n["CarePlan"], n["DocumentReference"], n["Encounter"])
	d.say("Nobody in it exists. It is served as FHIR R4 on this machine, and read over HTTP like any other.")
	url, stop, err := d.server.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("start the simulated record system: %w", err)
	}
	return "systems:\n  journal:\n    kind: fhir\n    url: " + url + "\n    display_name: Exempeljournal\n    receives: [flags, tasks]\n", stop, nil
}

// several runs it as the systems that a municipality without FHIR has: Lifecare's
// API for clients, care, plans and visits; an export of notes and decisions; a list
// from HR; a register; and a FHIR server that knows people, for Flags and Tasks.
func (d *demo) several(ctx context.Context) (systems string, stop func(), err error) {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("make the folder of the demo: %w", err)
	}
	t, err := mixed.Start(ctx, mixed.Options{People: d.opt, Clock: d.Now, Dir: d.dir})
	if err != nil {
		return "", nil, err
	}
	d.town, d.m, d.server = t, t.Municipality, t.FHIR
	for name, content := range map[string]string{"lifecare.domain": t.Domain, "lifecare.key": t.Key} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(content), 0o600); err != nil {
			t.Close()
			return "", nil, fmt.Errorf("write the demo's key: %w", err)
		}
	}
	d.say("A simulated municipality, seed %d, %s: %d clients. Nobody in it exists. On this machine run:", d.opt.Seed, d.today, d.opt.Clients)
	d.say("  lifecare  an API in Lifecare's style: clients, units, staff, placements, services, contacts, plans, visits")
	d.say("  export    nightly files: notes, decisions about contacts, employments")
	d.say("  hr        a list of certificates")
	d.say("  register  lists of information given, reviews and consents")
	d.say("  journal   a FHIR server that knows people, and receives Flags and Tasks")
	return `systems:
  lifecare:
    kind: rest
    mapping: lifecare
    display_name: Lifecare
    url: ` + t.LifecareURL + `
    auth: {kind: query-key, domain: file:lifecare.domain, key: file:lifecare.key}
    settings: {contact_personnel_is: fast-omsorgskontakt}
  export: {kind: files, mapping: procapita-example, display_name: Exporten, path: exports}
  hr: {kind: files, mapping: hr-list, display_name: HR-listan, path: exports, settings: {complete: "yes"}}
  register: {kind: files, mapping: register, display_name: Registret, path: exports, settings: {representatives: "yes"}}
  journal: {kind: fhir, url: ` + t.FHIRURL + `, display_name: Exempeljournal, receives: [flags, tasks]}
facts:
  client: lifecare
  unit: lifecare
  staff: lifecare
  placement: lifecare
  service: lifecare
  visit: lifecare
  employment: export
  note: export
  contact-decision: export
  relative: [register, lifecare]
`, t.Close, nil
}

// nextDay lets a day pass in the simulated systems, and tells what happened.
func (d *demo) nextDay() ([]people.Act, error) {
	if d.town != nil {
		return d.town.NextDay()
	}
	acts := d.m.Acts()
	for _, act := range acts {
		for _, r := range act.Put {
			if _, err := d.server.Put(r.JSON); err != nil {
				return nil, fmt.Errorf("act %s: %w", act.Name, err)
			}
		}
		for _, ref := range act.Delete {
			d.server.Delete(ref)
		}
	}
	return acts, nil
}
