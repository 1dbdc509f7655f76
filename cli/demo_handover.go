package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"brygga/jobs"
	"brygga/sandbox/carehome"
)

// demoHomes are the care homes of the demo: one has a FHIR server, the other an outbox.
type demoHomes struct {
	solgarden *carehome.Home
	outbox    *carehome.Outbox
}

// demoPerson is in whose name the demo looks at handovers, and releases them. Like
// everybody in it, that person does not exist.
const demoPerson = "Kim.Exempel"

// homes starts the care homes, and gives their part of a configuration.
func (d *demo) homes(ctx context.Context) (text string, stop func(), err error) {
	const token = "solgardens-token-of-the-demo"
	d.solgarden = carehome.New(carehome.Options{Clock: d.Now, Seed: d.opt.Seed, Token: token})
	url, stop, err := d.solgarden.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("start the simulated care home: %w", err)
	}
	folder := filepath.Join(d.dir, "outbox")
	err = os.MkdirAll(folder, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(d.dir, "solgarden.token"), []byte(token), 0o600)
	}
	if err == nil {
		d.outbox, err = carehome.NewOutbox(folder)
	}
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("make the care homes of the demo: %w", err)
	}
	return "carehomes:\n" +
		"  solgarden:\n    kind: fhir\n    display_name: Solgårdens vårdboende\n    organization: {hsa_id: SE2321000000-E000000000001}\n" +
		"    url: " + url + "\n    auth: {kind: bearer, token: file:solgarden.token}\n" +
		"  bjorkhagen:\n    kind: outbox\n    display_name: Björkhagens vårdboende\n    organization: {hsa_id: SE2321000000-E000000000002}\n" +
		"    path: outbox\n    recipients: [" + d.outbox.Recipient() + "]\n" +
		"jobs:\n  handover:\n    sections: [contact, relatives, services, plan, journal, deviations, risks, sip]\n", stop, nil
}

// handingOver shows the handover to care homes: all that is permitted, a part, and nothing.
func (d *demo) handingOver(ctx context.Context) error {
	if d.solgarden == nil {
		return nil
	}
	d.say("\n-- Clients move to a care home --")
	d.say("The job prepares what consents permit; a person looks, and lets it go.")
	if err := d.expect(d.brygga(ctx, "run", "handover"), jobs.ExitDone, "job handover"); err != nil {
		return err
	}
	all, part, none := d.mover("moving-to-another-home"), d.mover("moving-with-a-part-permitted"), d.mover("moving-with-everything-refused")
	if all == "" || part == "" || none == "" {
		d.say("(So small a municipality has nobody who moves with each answer.)")
		return nil
	}
	for _, who := range []struct{ client, what string }{
		{all, "One has permitted everything, and moves to Björkhagen, which fetches encrypted files from an outbox."},
		{part, "One has permitted a part, and moves to Solgården, which has a FHIR server."},
	} {
		d.say("\n%s", who.what)
		if err := d.expect(d.brygga(ctx, "handover", "preview", who.client, "--by", demoPerson), jobs.ExitDone, "preview of a handover"); err != nil {
			return err
		}
		if err := d.expect(d.brygga(ctx, "handover", "release", who.client, "--yes", "--by", demoPerson), jobs.ExitDone, "release"); err != nil {
			return err
		}
	}
	if err := d.received(); err != nil {
		return err
	}
	d.say("\nAnd one has refused.")
	if err := d.expect(d.brygga(ctx, "handover", "preview", none, "--by", demoPerson), jobs.ExitDone, "preview of a handover"); err != nil {
		return err
	}
	d.say("\nThe job looks what became of them, and sends nothing twice.")
	if err := d.expect(d.brygga(ctx, "run", "handover"), jobs.ExitDone, "job handover"); err != nil {
		return err
	}
	if err := d.expect(d.brygga(ctx, "handover", "list"), jobs.ExitDone, "list of handovers"); err != nil {
		return err
	}
	return d.expect(d.brygga(ctx, "audit", "verify"), jobs.ExitDone, "audit log")
}

// mover is a client by the story; empty where there is none.
func (d *demo) mover(story string) string {
	for c := range d.m.Clients {
		if c.Story.Name == story {
			return "Patient/" + c.ID
		}
	}
	return ""
}

// received shows what the care homes have, and has their staff do their part.
func (d *demo) received() error {
	tasks, documents := d.solgarden.Tasks(), d.solgarden.Documents()
	if len(tasks) != 1 || len(documents) != 1 {
		return fmt.Errorf("the demo's care home has %d documents and %d Tasks: this is a bug in brygga", len(documents), len(tasks))
	}
	d.say("\nSolgården has a document with %s, and a Task about it, which its staff accept.", strings.Join(documents[0].Sections, ", "))
	if err := d.solgarden.Accept(tasks[0].Ref); err != nil {
		return fmt.Errorf("accept the Task at the simulated care home: %w", err)
	}
	files, err := d.outbox.Waiting()
	if err != nil {
		return err
	}
	if len(files) != 1 {
		return errors.New("the demo's outbox does not hold one file: this is a bug in brygga")
	}
	got, err := d.outbox.Fetch(files[0])
	if err != nil {
		return fmt.Errorf("fetch from the simulated outbox: %w", err)
	}
	d.say("Björkhagen fetches %s from the outbox and decrypts it: a page of %d kB and a document of %d kB.",
		files[0], (len(got.Page)+999)/1000, (len(got.Document)+999)/1000)
	return nil
}
