package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"brygga/adapters"
	"brygga/adapters/files"
	"brygga/care"
	"brygga/mapping"
	fhirmap "brygga/mapping/fhir"
	"brygga/mapping/vendor"
	"brygga/store"
)

// Asker is who wants to see names.
type Asker struct {
	By   string // as the person says, or else the user
	User string // of the operating system
	Job  string // the command
}

// ErrNoAuditKey is that names are not read, since that could not be written down.
var ErrNoAuditKey = errors.New("names are read only where that is written down: set keys.audit in the configuration, " +
	"as in keys: {audit: env:BRYGGA_AUDIT_KEY}, and make a key with: openssl rand -hex 32")

// Names reads the names of clients of the snapshot from their record systems, now:
// of a FHIR server that knows the client that Patient alone, and else from the list
// of clients of a system whose mapping says how (display_name). They are kept
// nowhere. Nobody with a protected identity is asked for. Before anything is read it
// is written into the audit log; where that cannot be, nothing is read. The map holds
// only clients for whom a name was found.
//
// An error means that some system could not be asked: then there are no names at all.
func (o *Opened) Names(ctx context.Context, s *Stored, clients []care.Ref, by Asker) (map[care.Ref]string, error) {
	if !o.Config.Keys.Audit.Set() {
		return nil, ErrNoAuditKey
	}
	key, err := o.Config.Keys.Audit.Key(ctx)
	if err != nil {
		return nil, fmt.Errorf("keys.audit: %w", err)
	}
	open := map[care.Ref]bool{}
	for _, c := range s.Clients {
		open[c.Ref] = !c.Protected
	}
	clients = slices.Compact(slices.Sorted(slices.Values(clients)))
	clients = slices.DeleteFunc(clients, func(c care.Ref) bool { return !open[c] })
	ask, systems := o.whomToAsk(s, clients)
	e := store.AuditEntry{
		At: o.Now(), Job: by.Job, By: by.By, User: by.User, Action: "names.read", Resource: "names in " + strings.Join(systems, ", "), Outcome: "asked",
	}
	for _, q := range ask {
		for _, c := range q.clients {
			e.Clients = append(e.Clients, o.Job.Store.AuditClient(c))
		}
	}
	e.Count = len(e.Clients)
	if err := o.Job.Store.Audit(ctx, key, e); err != nil {
		return nil, err
	}
	out := map[care.Ref]string{}
	for _, q := range ask {
		if err := q.read(ctx, o, out); err != nil {
			err = fmt.Errorf("read names from %s: %w", q.sys.Name, err)
			e.At, e.Outcome = o.Now(), "failed"
			return nil, errors.Join(err, o.Job.Store.Audit(context.WithoutCancel(ctx), key, e))
		}
	}
	return out, nil
}

// asked is whom one system is asked for: its own reference → the client's.
type asked struct {
	sys     *System
	clients map[care.Ref]care.Ref
}

// whomToAsk gives each client to one system: a FHIR server that knows the client,
// the receiver first, since it is asked for single people; else one with a list that
// tells names. It lists the systems that are asked.
func (o *Opened) whomToAsk(s *Stored, clients []care.Ref) (out []asked, names []string) {
	systems := slices.Clone(o.Job.Systems)
	rank := func(y *System) int {
		switch {
		case y == o.Receiver:
			return 0
		case y.Mapping == nil:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(systems, func(a, b *System) int { return rank(a) - rank(b) })
	left := slices.Clone(clients)
	for _, y := range systems {
		a := asked{y, map[care.Ref]care.Ref{}}
		m, listed := y.Mapper.(*vendor.Mapper)
		if listed && len(m.NameKinds()) == 0 {
			continue
		}
		left = slices.DeleteFunc(left, func(c care.Ref) bool {
			own := s.in(y, c)
			if own != "" {
				a.clients[own] = c
			}
			return own != ""
		})
		if len(a.clients) > 0 {
			out, names = append(out, a), append(names, y.Name)
		}
	}
	return out, names
}

// in is who a client is in a system, as that system writes it; "" where nobody.
func (s *Stored) in(y *System, client care.Ref) care.Ref {
	if s.there == nil {
		return client
	}
	return s.there[y.Name][client]
}

func (a asked) read(ctx context.Context, o *Opened, into map[care.Ref]string) error {
	if a.sys.Mapping == nil {
		return a.single(ctx, into)
	}
	return a.listed(ctx, o, into)
}

// single reads one Patient after the other, several at a time.
func (a asked) single(ctx context.Context, into map[care.Ref]string) error {
	m, ok := a.sys.Mapper.(*fhirmap.Mapper)
	if !ok {
		return errors.New("it is no FHIR server")
	}
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(sideBySide)
	for own, client := range a.clients {
		g.Go(func() error {
			if !fhirmap.Local(own) {
				return nil
			}
			body, err := a.sys.Source.Read(gctx, string(own))
			if err != nil || body == nil {
				return err // nil: gone by now
			}
			name, err := m.Name(own, body)
			if err != nil || name == "" {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			into[client] = name
			return nil
		})
	}
	return g.Wait()
}

// listed reads the lists of clients, and of their rows those of the wanted alone.
func (a asked) listed(ctx context.Context, o *Opened, into map[care.Ref]string) error {
	m, ok := a.sys.Mapper.(*vendor.Mapper)
	if !ok {
		return errors.New("it has no mapping")
	}
	source, err := o.namesOf(ctx, a.sys)
	if err != nil {
		return err
	}
	r := &nameReader{mapper: m, asked: a, into: into}
	for _, k := range m.NameKinds() {
		r.kind = k
		out := source.Pull(ctx, adapters.Query{Kind: k.Name, Type: k.Type, Params: k.Params}, r)
		if !out.Complete {
			if out.Fault != nil {
				return out.Fault
			}
			return errors.Join(ctx.Err(), errors.New("the list of clients was not read whole"))
		}
	}
	return nil
}

// namesOf gives a source whose pages hold names. Those of every night hold of files
// only the columns that are read then.
func (o *Opened) namesOf(ctx context.Context, s *System) (adapters.Source, error) {
	c := o.Config.Systems[s.Name]
	if o.Adapters[s.Name].Files == nil {
		return s.Source, nil
	}
	r := &secretReader{ctx: ctx}
	opt := filesOptions(c, s, r)
	for _, l := range s.Mapping.NameLists(c.Settings) {
		if l.Files != nil {
			opt.Lists[l.Name] = filesList(l)
		}
	}
	opt.Logger, opt.Clock, opt.Sleep = o.Log, o.Now, o.sleep
	if err := r.err(); err != nil {
		return nil, err
	}
	return files.New(opt)
}

// nameReader takes the names of the wanted from the pages of one list.
type nameReader struct {
	asked
	mapper *vendor.Mapper
	kind   mapping.Kind
	mu     sync.Mutex
	into   map[care.Ref]string
}

// Open implements adapters.Reader.
func (r *nameReader) Open(body []byte) (adapters.Page, error) {
	wanted := func(own care.Ref) bool { _, ok := r.clients[own]; return ok }
	p, err := r.mapper.Names(r.kind, body, wanted, func(own care.Ref, name string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if name == "" {
			delete(r.into, r.clients[own])
			return
		}
		r.into[r.clients[own]] = name
	})
	if err != nil {
		return adapters.Page{}, err
	}
	return adapters.Page{Next: p.Next, Updated: p.Updated, Total: p.Total, Keys: p.Keys, Take: p.Take}, nil
}

// Name puts names on the list.
func (w *Worklist) Name(names map[care.Ref]string) {
	for _, u := range w.Units {
		for i := range u.Items {
			u.Items[i].Name = names[u.Items[i].ref]
		}
	}
}
