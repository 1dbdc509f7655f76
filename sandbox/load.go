package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// loaded is a resource made ready to be entered.
type loaded struct {
	typ, id string
	at      int64
	d       doc // only while there is no id
	v       *version
}

// Load enters resources past HTTP and past validation, as records that have stood
// there for years: broken ones too. It is all or nothing; a text that is no FHIR
// resource of a known type, or has no well-formed id where it has one, is an error that names its place in the call.
//
// A resource without id is given one; one whose id exists becomes its next version.
// meta.lastUpdated is kept where it is well-formed and not later than the server's time, and is the
// server's time otherwise. References are not looked at.
func (s *Server) Load(resources ...json.RawMessage) error {
	now := s.now()
	ready := make([]loaded, len(resources))
	errs := make([]error, len(resources))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	chunk := (len(resources) + workers - 1) / workers
	for from := 0; from < len(resources); from += chunk {
		wg.Go(func() {
			for i := from; i < min(from+chunk, len(resources)); i++ {
				ready[i], errs[i] = s.ready(resources[i], now)
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("loading resource %d of %d: %w", i+1, len(resources), err)
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	touched := map[*kind]int{}
	for _, l := range ready {
		k := s.makeKind(l.typ)
		if l.id == "" {
			l.id = s.newID()
		}
		if prev := k.latest(l.id); l.v == nil || prev != nil {
			num := 1
			if prev != nil {
				num, l.at = prev.num+1, max(l.at, prev.at)
			}
			if l.v != nil {
				l.d = reparse(l.v.raw)
			}
			l.v = s.built(k.def, l, num)
		}
		k.add(l.id, l.v, nil)
		touched[k]++
	}
	for k, n := range touched {
		k.sortFrom(n)
	}
	return nil
}

// ready does all that needs no lock.
func (s *Server) ready(text []byte, now int64) (loaded, error) {
	d, err := parse(text)
	if err != nil {
		return loaded{}, err
	}
	l := loaded{typ: d.get("resourceType").str(), id: d.get("id").str(), at: now, d: d}
	def := defs()[l.typ]
	switch {
	case def == nil:
		return l, fmt.Errorf("%q is no resource type of R4", l.typ)
	case l.id != "" && !idForm.MatchString(l.id):
		return l, fmt.Errorf("its id is not well-formed")
	case d.repeated() != "":
		return l, fmt.Errorf("it has %q twice", d.repeated())
	}
	if at, ok := parseSpan(d.get("meta").get("lastUpdated").str(), s.zone); ok && at.lo <= now {
		l.at = at.lo
	}
	if l.id != "" {
		l.v, l.d = s.built(def, l, 1), doc{}
	}
	return l, nil
}

func (s *Server) built(def *typeDef, l loaded, num int) *version {
	v := &version{num: num, at: l.at, verb: "PUT", raw: stamp(l.typ, l.id, num, l.at, l.d)}
	v.vals = s.indexer(s.opt.BaseURL).values(def, reparse(v.raw))
	return v
}

// Put creates or updates one resource as PUT (with an id) or POST (without) would,
// with the same validation, and gives its reference ("Task/1"). It is not counted.
func (s *Server) Put(resource json.RawMessage) (ref string, err error) {
	d, err := parse(resource)
	if err != nil {
		return "", fmt.Errorf("putting a resource: %w", err)
	}
	typ, id := d.get("resourceType").str(), d.get("id").str()
	if defs()[typ] == nil {
		return "", fmt.Errorf("putting a resource: %q is no resource type of R4", typ)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.makeKind(typ)
	verb := "PUT"
	if id == "" {
		id, verb = s.newID(), "POST"
	}
	if f := s.validate(typ, id, d, k.live(id)); f != nil {
		return "", fmt.Errorf("putting %s/%s: %w", typ, id, f)
	}
	s.put(k, id, verb, d, s.indexer(s.opt.BaseURL), nil)
	return typ + "/" + id, nil
}

// Get gives the current version of a resource ("Task/1"); false if there is none or it is deleted.
func (s *Server) Get(ref string) (json.RawMessage, bool) {
	typ, id, _ := strings.Cut(ref, "/")
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := s.kindOf(typ).live(id)
	if v == nil {
		return nil, false
	}
	return json.RawMessage(v.raw), true
}

// Delete deletes a resource, as DELETE would; false if there was none. It is not counted.
func (s *Server) Delete(ref string) bool {
	typ, id, _ := strings.Cut(ref, "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kindOf(typ)
	v := k.live(id)
	if v == nil {
		return false
	}
	s.remove(k, v, nil)
	return true
}

// All gives the current resources of a type, in the order they were created.
func (s *Server) All(typ string) []json.RawMessage {
	s.mu.RLock()
	defer s.mu.RUnlock()
	k := s.kindOf(typ)
	if k == nil {
		return nil
	}
	var out []json.RawMessage
	for _, r := range k.order {
		if v := r.cur; v != nil && !v.deleted() {
			out = append(out, json.RawMessage(v.raw))
		}
	}
	return out
}

// Dump writes every current resource as NDJSON, type by type.
func (s *Server) Dump(w io.Writer) error {
	for _, typ := range typeNames() {
		if err := writeLines(w, s.All(typ)); err != nil {
			return fmt.Errorf("dumping %s: %w", typ, err)
		}
	}
	return nil
}

// Export writes one file per type ("Encounter.ndjson") into a folder, which is made
// if need be, as a Bulk Data export would. Files are readable by their owner alone.
// A type without resources gets no file.
func (s *Server) Export(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	for _, typ := range typeNames() {
		all := s.All(typ)
		if len(all) == 0 {
			continue
		}
		if err := exportFile(filepath.Join(dir, typ+".ndjson"), all); err != nil {
			return fmt.Errorf("exporting %s: %w", typ, err)
		}
	}
	return nil
}

func exportFile(name string, all []json.RawMessage) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = writeLines(f, all)
	return cmp.Or(err, f.Close())
}

func writeLines(w io.Writer, all []json.RawMessage) error {
	for batch := range slices.Chunk(all, 1000) {
		var b []byte
		for _, raw := range batch {
			b = append(append(b, raw...), '\n')
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// Version is the version of a resource, 0 if there is none or it is deleted.
func (s *Server) Version(ref string) int {
	raw, ok := s.Get(ref)
	if !ok {
		return 0
	}
	n, _ := strconv.Atoi(reparse(string(raw)).get("meta").get("versionId").str())
	return n
}
