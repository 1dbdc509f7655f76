package jobs

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"brygga/adapters"
	"brygga/care"
	fhirmap "brygga/mapping/fhir"
)

// ErrStale says that a saved preview may no longer be applied.
var ErrStale = errors.New("the saved preview is stale")

// maxPreviewAge is how long a saved preview may be applied (architecture.md, "Diff").
const maxPreviewAge = 24 * time.Hour

// saved is a preview on disk. It names the resources and versions that it was
// made from; it is signed, so that what is applied is what was previewed.
type saved struct {
	Format  int           `json:"format"`
	Tenant  string        `json:"tenant"`
	System  string        `json:"system"`
	AsOf    care.Date     `json:"asOf"`
	Made    time.Time     `json:"made"`
	Config  string        `json:"config"`
	Hash    string        `json:"hash"`
	Changes []savedChange `json:"changes"`
	// Facts are the records of the source that the changes rest on: the clients,
	// and what each finding rests on → version. Where a source has no versions
	// there are none.
	Facts map[care.Ref]string `json:"facts,omitempty"`
	MAC   string              `json:"mac,omitempty"`
}

type savedChange struct {
	Change
	Content   fhirmap.Content `json:"content"`
	KeepStaff bool            `json:"keepStaff,omitempty"`
	ID        string          `json:"id,omitempty"`
	Version   string          `json:"version,omitempty"`
	// Of is who the client is in the system that provides facts, where that is another.
	Of care.Ref `json:"of,omitempty"`
}

// who tells of a client of the receiving system who that is among the facts.
func (s *saved) who() func(care.Ref) care.Ref {
	of := map[care.Ref]care.Ref{}
	for i := range s.Changes {
		of[s.Changes[i].Client] = s.Changes[i].Of
	}
	return func(c care.Ref) care.Ref { return cmp.Or(of[c], c) }
}

const savedFormat = 1

// Save gives the file of a preview: what would be written, and nothing else.
func (j *Job) Save(p *Prepared) ([]byte, error) {
	if p.Report.refusesCodes() {
		return nil, errors.New("too many rows have codes that no table of the mapping knows, and nothing may be written while it is so: no preview is saved")
	}
	s := saved{
		Format: savedFormat, Tenant: j.Tenant, System: j.Receiver.Name, AsOf: p.Report.AsOf,
		Made: j.Now().UTC(), Config: j.Config, Hash: p.Report.Hash, Changes: []savedChange{}, Facts: p.facts,
	}
	for _, c := range p.changes {
		if !c.Writes() {
			continue
		}
		sc := savedChange{Change: c, Content: c.Content, KeepStaff: c.KeepStaff}
		if c.Target != nil {
			sc.ID, sc.Version = c.Target.ID, c.Target.Version
		}
		if of := p.diff.Fates[c.Client].client; of != c.Client {
			sc.Of = of
		}
		s.Changes = append(s.Changes, sc)
	}
	mac, err := s.mac(j.Secret)
	if err != nil {
		return nil, err
	}
	s.MAC = mac
	return json.MarshalIndent(s, "", " ")
}

// factsOf gives the versions of what the changes that write rest on.
func factsOf(p *Prepared, pulled *Pulled) map[care.Ref]string {
	written := map[string]bool{}
	versions := map[care.Ref]string{}
	for i := range p.changes {
		if c := &p.changes[i]; c.Writes() {
			written[c.Finding] = true
			versions[p.diff.Fates[c.Client].client] = ""
		}
	}
	for i := range p.diff.Wanted {
		if w := &p.diff.Wanted[i]; written[w.ID] {
			for _, r := range w.facts {
				versions[r] = ""
			}
		}
	}
	for r := range pulled.Input.Each {
		if _, is := versions[r.Ref]; is && r.Version != "" {
			versions[r.Ref] = r.Version
		}
	}
	maps.DeleteFunc(versions, func(_ care.Ref, v string) bool { return v == "" })
	return versions
}

func (s saved) mac(key []byte) (string, error) {
	s.MAC = ""
	b, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("sign the preview: %w", err)
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte("brygga preview\n"))
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// ApplySaved writes exactly what a saved preview says, or refuses with ErrStale
// if it was changed, is not of today, is older than 24 hours, was made under
// another configuration, or if anything that it names has moved.
func (j *Job) ApplySaved(ctx context.Context, file []byte, trigger string) (*Report, error) {
	s, err := readSaved(file)
	if err != nil {
		return nil, err
	}
	if err := j.mayApply(s); err != nil {
		return nil, err
	}
	release, err := j.lease(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return j.recorded(ctx, RunOptions{AsOf: s.AsOf, Trigger: trigger}, func(run string) (*Report, error) {
		log, err := j.audited(ctx, JobReconcile, run, trigger)
		if err != nil {
			return nil, err
		}
		if err := j.withdraw(ctx); err != nil {
			return nil, err
		}
		return j.applySaved(ctx, s, run, trigger, log)
	})
}

func readSaved(file []byte) (*saved, error) {
	var s saved
	if err := json.Unmarshal(file, &s); err != nil {
		return nil, fmt.Errorf("this file is not a preview that brygga saved: %w", err)
	}
	return &s, nil
}

func (j *Job) mayApply(s *saved) error {
	mac, err := s.mac(j.Secret)
	if err != nil {
		return err
	}
	age := j.Now().Sub(s.Made)
	switch {
	case s.Format != savedFormat:
		return fmt.Errorf("this preview has format %d, and this brygga reads format %d: make it again", s.Format, savedFormat)
	case !hmac.Equal([]byte(mac), []byte(s.MAC)):
		return fmt.Errorf("%w: it was changed after it was made, or made with another key; make it again", ErrStale)
	case s.Tenant != j.Tenant || s.System != j.Receiver.Name || s.Config != j.Config:
		return fmt.Errorf("%w: it was made under another configuration; make it again", ErrStale)
	case s.AsOf != j.Today():
		return fmt.Errorf("%w: it judges %s, and today is %s; make it again", ErrStale, s.AsOf, j.Today())
	case age > maxPreviewAge || age < -time.Minute:
		return fmt.Errorf("%w: it was made %s; make it again", ErrStale, s.Made.Format(time.RFC3339))
	}
	return nil
}

func (j *Job) applySaved(ctx context.Context, s *saved, run, trigger string, log *audit) (*Report, error) {
	rep := &Report{
		Run: run, Tenant: j.Tenant, Job: JobReconcile, Trigger: trigger, AsOf: s.AsOf, Mode: "write", Hash: s.Hash,
	}
	j.Progress.stage("comparing")
	named := map[string]bool{}
	for i := range s.Changes {
		named[s.Changes[i].Finding] = true
	}
	earlier, err := j.unsettled(ctx, log)
	if err != nil {
		return rep, err
	}
	maps.Copy(named, earlier.findings())
	standing, fault := ReadStanding(ctx, j.Receiver, j.writer(), func(o *fhirmap.Own) bool { return named[o.Finding] })
	moved := 0
	if fault == nil {
		moved, fault = j.moved(ctx, s.Facts)
	}
	if err := ctx.Err(); err != nil {
		return rep, err
	}
	if fault != nil {
		rep.Exit = ExitPartly
		rep.Problems = append(rep.Problems, Problem{System: fault.System, Kind: fault.Kind, What: fault.Error() + "; nothing is written"})
		return rep, nil
	}
	doubts, err := j.settle(ctx, log, earlier, standing)
	if err != nil {
		return rep, err
	}
	changes, err := s.matchStanding(standing.Own)
	if err == nil && moved > 0 {
		err = fmt.Errorf("%w: %d of the %d records that it rests on have changed since; make it again", ErrStale, moved, len(s.Facts))
	}
	if err != nil {
		rep.Exit = ExitStale
		return rep, err
	}
	rep.Changes, rep.Totals = changes, totals(changes)
	j.Progress.stage("writing")
	// Without a judgement there is nothing to think over again: what moves while
	// this is written is left to the next run.
	diff := DiffInput{AsOf: s.AsOf, Standing: standing.Own, Fates: map[care.Ref]Fate{}, Asked: j.asking}
	notes := &writeLog{audit: log, system: j.Receiver.Name, basis: "preview " + s.Hash, client: s.who(), doubts: doubts}
	return rep, j.applyChanges(ctx, diff, changes, rep, notes)
}

// moved counts the records that no longer stand in the version that the preview
// was made from. The fault is why one could not be read.
func (j *Job) moved(ctx context.Context, facts map[care.Ref]string) (n int, fault *adapters.Error) {
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(sideBySide)
	for _, ref := range slices.Sorted(maps.Keys(facts)) {
		g.Go(func() error {
			sys, own := j.systemOf(ref)
			if sys == nil || !sys.Source.Can().Read {
				return nil // it has no versions to compare
			}
			body, err := sys.Source.Read(gctx, string(own))
			if err == nil && (body == nil || fhirmap.VersionOf(body) != facts[ref]) {
				mu.Lock()
				n++
				mu.Unlock()
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, asFault(err, j.Receiver.Name, "")
	}
	return n, nil
}

// matchStanding finds every target in the version that was previewed, and sees
// that nothing stands yet where something is to be created.
func (s *saved) matchStanding(standing []*fhirmap.Own) ([]Change, error) {
	byID, byIdentifier := map[string]*fhirmap.Own{}, map[string]bool{}
	for _, o := range standing {
		byID[o.Type+"/"+o.ID] = o
		byIdentifier[o.Type+"/"+fhirmap.Identifier(o.Finding, o.Occurrence)] = true
	}
	var out []Change
	moved := 0
	for _, sc := range s.Changes {
		c := sc.Change
		c.Content, c.KeepStaff = sc.Content, sc.KeepStaff
		if c.Action == ActCreate {
			if byIdentifier[c.Type+"/"+fhirmap.Identifier(c.Finding, c.Occurrence)] {
				moved++
			}
		} else {
			c.Target = byID[c.Type+"/"+sc.ID]
			if c.Target == nil || c.Target.Version != sc.Version {
				moved++
			}
		}
		out = append(out, c)
	}
	if moved > 0 {
		return nil, fmt.Errorf("%w: %d of its %d changes rest on something that has moved since; make it again", ErrStale, moved, len(out))
	}
	return out, nil
}
