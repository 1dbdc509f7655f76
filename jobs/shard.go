package jobs

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"brygga/care"
	"brygga/care/rules"
	fhirmap "brygga/mapping/fhir"
	"brygga/store"
)

// shardFormat is raised with every change that a worker of another version would
// misread; it leaves such a shard to the run that made it.
const shardFormat = 2

// shard is a part of a night's changes with all that is needed to write them, and to
// think again about those whose target moves: all changes of some clients. It lies
// sealed in the store while it is done.
type shard struct {
	Format int       `json:"format"`
	Run    string    `json:"run"`
	Holder string    `json:"holder"` // of the run's lease: who lost it has lost the shard
	Made   time.Time `json:"made"`
	Config string    `json:"config"`
	System string    `json:"system"`
	Basis  string    `json:"basis,omitempty"` // for the audit log, as the rest of the entry
	Entry  shardAsks `json:"entry"`

	Changes  []shardChange           `json:"changes"`
	Wanted   []Wanted                `json:"wanted,omitempty"`
	Standing []*fhirmap.Own          `json:"standing,omitempty"`
	Unread   []*fhirmap.Own          `json:"unread,omitempty"`
	Fates    map[care.Ref]*shardFate `json:"fates"`
	Rollout  shardRollout            `json:"rollout"`
	AsOf     care.Date               `json:"asOf"`
}

// shardAsks is who asked for the run, as the audit log says it.
type shardAsks struct {
	By   string `json:"by,omitempty"`
	User string `json:"user,omitempty"`
}

type shardChange struct {
	Change
	Content   fhirmap.Content `json:"content"`
	KeepStaff bool            `json:"keepStaff,omitempty"`
	Target    int             `json:"target"` // in standing; -1: none
}

type shardFate struct {
	Fate
	Client care.Ref `json:"client,omitempty"`
	// Asked is what the parameters of the client say of each rule of which something
	// stands.
	Asked map[string]Asking `json:"asked,omitempty"`
}

// shardRollout is what of the rollout decides about a change that is thought over
// again. What is limited per owner was let through already.
type shardRollout struct {
	Write    bool                `json:"write"`
	From     care.Date           `json:"from"`
	Units    []string            `json:"units,omitempty"`
	Rules    []string            `json:"rules,omitempty"`
	Baseline []string            `json:"baseline,omitempty"`
	AsOf     care.Date           `json:"asOf"`
	UnitOf   map[care.Ref]string `json:"unitOf,omitempty"`
}

// shardOf is the shard of a client among n. It is the same in every process.
func shardOf(client care.Ref, n int) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(client)) // a hash takes everything
	return int(h.Sum64() % uint64(n))
}

// cutShards divides the changes that write among at most n shards, by client; a shard
// without changes is left out. It is pure, and the order of the changes is kept.
func cutShards(diff DiffInput, changes []Change, n int) []*shard {
	byNumber := make([]*shard, n)
	of := map[string]*shard{} // finding → shard
	places := map[*fhirmap.Own]int{}
	for i := range changes {
		c := &changes[i]
		if !c.Writes() {
			continue
		}
		s := of[c.Finding] // what stands for one finding stays together, whomever it names
		if s == nil {
			number := shardOf(c.Client, n)
			if byNumber[number] == nil {
				byNumber[number] = &shard{Fates: map[care.Ref]*shardFate{}, AsOf: diff.AsOf}
			}
			s = byNumber[number]
			of[c.Finding] = s
		}
		s.Changes = append(s.Changes, shardChange{Change: *c, Content: c.Content, KeepStaff: c.KeepStaff, Target: -1})
		s.tell(diff, c.Client)
	}
	for i := range diff.Wanted {
		if s := of[diff.Wanted[i].ID]; s != nil {
			s.Wanted = append(s.Wanted, diff.Wanted[i])
			s.tell(diff, diff.Wanted[i].Subject)
		}
	}
	for _, o := range diff.Standing {
		if s := of[o.Finding]; s != nil {
			places[o] = len(s.Standing)
			s.Standing = append(s.Standing, o)
			s.tell(diff, o.Subject)
			if f := s.Fates[o.Subject]; f != nil && diff.Asked != nil {
				f.Asked[o.Rule] = diff.Asked(o.Rule, f.params)
			}
		}
	}
	for _, o := range diff.Unread {
		if s := of[o.Finding]; s != nil {
			s.Unread = append(s.Unread, o)
		}
	}
	var out []*shard
	for _, s := range byNumber {
		if s == nil {
			continue
		}
		for i := range s.Changes {
			if t := s.Changes[i].Change.Target; t != nil {
				s.Changes[i].Target = places[t]
			}
		}
		s.Rollout = rolloutOf(diff.Rollout, s, of)
		out = append(out, s)
	}
	return out
}

// tell adds what is known of a client.
func (s *shard) tell(diff DiffInput, client care.Ref) {
	if f, known := diff.Fates[client]; known && s.Fates[client] == nil {
		s.Fates[client] = &shardFate{Fate: f, Client: f.client, Asked: map[string]Asking{}}
	}
}

func rolloutOf(r Rollout, s *shard, of map[string]*shard) shardRollout {
	out := shardRollout{Write: r.Write, From: r.From, Units: r.Units, Rules: r.Rules, AsOf: r.AsOf, UnitOf: map[care.Ref]string{}}
	for finding := range r.Baseline {
		if r.Baseline[finding] && of[finding] == s {
			out.Baseline = append(out.Baseline, finding)
		}
	}
	slices.Sort(out.Baseline)
	if r.UnitOf != nil {
		for client := range s.Fates {
			out.UnitOf[client] = r.UnitOf(client)
		}
	}
	return out
}

// open gives what was cut as a run has it.
func (s *shard) open() (DiffInput, []Change, error) {
	diff := DiffInput{Wanted: s.Wanted, Standing: s.Standing, Unread: s.Unread, AsOf: s.AsOf, Fates: map[care.Ref]Fate{}}
	asked := map[*rules.Params]map[string]Asking{}
	for client, f := range s.Fates {
		fate := f.Fate
		// Nothing is judged again: parameters only tell one client's answers from another's.
		fate.client, fate.params = f.Client, &rules.Params{}
		asked[fate.params] = f.Asked
		diff.Fates[client] = fate
	}
	diff.Asked = func(rule string, p *rules.Params) Asking {
		if a, known := asked[p][rule]; known {
			return a
		}
		return NotKnown // it stands for another rule now than it did: it is left alone
	}
	diff.Rollout = Rollout{
		Write: s.Rollout.Write, From: s.Rollout.From, Units: s.Rollout.Units, Rules: s.Rollout.Rules, AsOf: s.Rollout.AsOf,
		Baseline: map[string]bool{}, UnitOf: func(c care.Ref) string { return s.Rollout.UnitOf[c] },
	}
	for _, f := range s.Rollout.Baseline {
		diff.Rollout.Baseline[f] = true
	}
	changes := make([]Change, len(s.Changes))
	for i, sc := range s.Changes {
		c := sc.Change
		c.Content, c.KeepStaff, c.Target = sc.Content, sc.KeepStaff, nil
		switch {
		case sc.Target >= len(s.Standing):
			return diff, nil, fmt.Errorf("a shard of the run %s names what is not in it", s.Run)
		case sc.Target >= 0:
			c.Target = s.Standing[sc.Target]
		}
		changes[i] = c
	}
	return diff, changes, nil
}

// audit is the audit log for a shard, in the name of its run.
func (s *shard) audit(j *Job, key []byte) *audit {
	if key == nil {
		return nil
	}
	return &audit{store: j.Store, key: key, now: j.Now, entry: store.AuditEntry{
		Job: JobReconcile, Run: s.Run, By: s.Entry.By, User: s.Entry.User, Config: s.Config,
	}}
}

func readShard(content []byte) (*shard, error) {
	var s shard
	if err := json.Unmarshal(content, &s); err != nil {
		return nil, fmt.Errorf("a shard cannot be read: %w", err)
	}
	return &s, nil
}
