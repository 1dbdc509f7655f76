package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"pgregory.net/rapid"

	"brygga/care"
)

// anyRecord draws a record with any facts in it. Dates are those that can be
// written with four digits.
func anyRecord() *rapid.Generator[care.Record] {
	days := rapid.Custom(func(t *rapid.T) any {
		return care.Date(rapid.Int32Range(0, int32(care.NewDate(9999, 12, 31))).Draw(t, "day"))
	})
	instants := rapid.Custom(func(t *rapid.T) any {
		s := rapid.Int64Range(0, 4e9).Draw(t, "second")
		zone := time.FixedZone("", rapid.IntRange(-12, 12).Draw(t, "zone")*3600)
		if s == 0 {
			return time.Time{}
		}
		return time.Unix(s, rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond")).In(zone)
	})
	// Provisions stand within provisions: here two deep, since a generator made of
	// the type alone would never end.
	none := rapid.Just[any]([]care.Provision(nil))
	types := map[reflect.Type]*rapid.Generator[any]{
		reflect.TypeFor[care.Date]():        days,
		reflect.TypeFor[time.Time]():        instants,
		reflect.TypeFor[[]care.Provision](): none,
	}
	inner := rapid.MakeCustom[care.Provision](rapid.MakeConfig{Types: maps.Clone(types)})
	types[reflect.TypeFor[[]care.Provision]()] = rapid.Custom(func(t *rapid.T) any {
		return rapid.SliceOfN(inner, 1, 2).Draw(t, "provisions")
	})
	return rapid.MakeCustom[care.Record](rapid.MakeConfig{Types: types}).Filter(func(r care.Record) bool { return r.Ref != "" })
}

// A record comes back as it was put, whatever it holds. What it was is said by
// encoding/json, not by the faster one that the store uses.
func TestEveryRecordComesBack(t *testing.T) {
	records := anyRecord()
	rapid.Check(t, func(t *rapid.T) {
		r := records.Draw(t, "record")
		p := r.Pack()
		b, err := encodeRecord(&p)
		if err != nil {
			t.Fatal(err)
		}
		var got care.Record
		if err := decodeRecord(b, &got); err != nil {
			t.Fatal(err)
		}
		r.Updated = utc(r.Updated)
		want, err1 := json.Marshal(r)
		have, err2 := json.Marshal(got)
		if err1 != nil || err2 != nil || string(want) != string(have) {
			t.Fatalf("put was\n%s, and back came\n%s (%v, %v)", want, have, err1, err2)
		}
		if !got.Updated.Equal(r.Updated) || got.Updated.Location() != time.UTC {
			t.Fatalf("the instant %v came back as %v", r.Updated, got.Updated)
		}
	})
}

// Whatever is put, in whatever order, over two tenants, systems and kinds, and
// however often the store is closed between: it is what a map would hold.
func TestPutsEqualAMap(t *testing.T) {
	n := 0
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		n++
		m := model{path: filepath.Join(dir, fmt.Sprintf("%d.db", n)), want: make(map[place]map[care.Ref]care.Record), checkpoints: make(map[place]Checkpoint)}
		m.open(t)
		defer func() { _ = m.store.Close() }()
		t.Repeat(map[string]func(*rapid.T){"put": m.put, "reopen": m.reopen})
		m.check(t)
	})
}

type place struct{ tenant, system, kind string }

type model struct {
	path        string
	store       *Store
	want        map[place]map[care.Ref]care.Record
	checkpoints map[place]Checkpoint
	puts        int
}

func (m *model) open(t *rapid.T) {
	s, err := Open(context.Background(), dsnOf(m.path), testKey, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	m.store = s
}

func (m *model) reopen(t *rapid.T) {
	m.check(t)
	if err := m.store.Close(); err != nil {
		t.Fatal(err)
	}
	m.open(t)
	m.check(t)
}

func (m *model) put(t *rapid.T) {
	at := place{
		rapid.SampledFrom([]string{"norra", "södra"}).Draw(t, "tenant"),
		rapid.SampledFrom([]string{"journal", "hr"}).Draw(t, "system"),
		rapid.SampledFrom([]string{"care-plan", "staff"}).Draw(t, "kind"),
	}
	refs := rapid.SampledFrom([]care.Ref{"A/1", "A/2", "A/3", "A/4", "B/1", "B/2"})
	versions := rapid.StringMatching(`[0-3]`)
	upserts := rapid.SliceOfDistinct(rapid.Custom(func(t *rapid.T) care.Record {
		return care.Record{Ref: refs.Draw(t, "ref"), Version: versions.Draw(t, "version"), Client: refs.Draw(t, "client")}
	}), func(r care.Record) care.Ref { return r.Ref }).Draw(t, "upserts")
	gone := rapid.SliceOf(refs).Draw(t, "gone")
	m.puts++
	cp := Checkpoint{Value: fmt.Sprint(m.puts)}

	old, now, want := m.want[at], maps.Clone(m.want[at]), Diff{}
	if now == nil {
		now = make(map[care.Ref]care.Record)
	}
	for _, ref := range gone {
		delete(now, ref)
	}
	for _, r := range upserts {
		now[r.Ref] = r
		switch was, ok := old[r.Ref]; {
		case !ok:
			want.Added++
		case reflect.DeepEqual(was, r):
			want.Same++
		default:
			want.Changed++
		}
	}
	want.Removed = len(old) + want.Added - len(now)
	got, err := m.store.Tenant(at.tenant).PutKind(context.Background(), at.system, at.kind, KindPut{Upserts: care.Pack(upserts...), Gone: gone, Checkpoint: cp})
	if err != nil || got != want {
		t.Fatalf("the put did %+v (%v), and should do %+v", got, err, want)
	}
	m.want[at], m.checkpoints[at] = now, cp
}

func (m *model) check(t *rapid.T) {
	for _, tenant := range []string{"norra", "södra"} {
		for _, system := range []string{"journal", "hr"} {
			for _, kind := range []string{"care-plan", "staff"} {
				at := place{tenant, system, kind}
				got, err := m.store.Tenant(tenant).Kind(context.Background(), system, kind)
				if err != nil || got.Checkpoint != m.checkpoints[at] || len(got.Records) != len(m.want[at]) {
					t.Fatalf("%v: %d records at %+v (%v), and should be %d at %+v", at, len(got.Records), got.Checkpoint, err, len(m.want[at]), m.checkpoints[at])
				}
				refs, unreadable, _, err := m.store.Tenant(tenant).Refs(context.Background(), system, kind)
				slices.Sort(refs)
				if err != nil || !slices.Equal(refs, slices.Sorted(maps.Keys(m.want[at]))) {
					t.Fatalf("%v: the references are %v (%v), and the records %v", at, refs, err, m.want[at])
				}
				if !reflect.DeepEqual(unreadable, got.Unreadable) {
					t.Fatalf("%v: the quarantine is %v with the references, and %v with the records", at, unreadable, got.Unreadable)
				}
				if len(m.want[at]) > 0 && !reflect.DeepEqual(byRef(got.Records), m.want[at]) {
					t.Fatalf("%v: stored are %+v, and should be %+v", at, got.Records, m.want[at])
				}
			}
			m.checkClients(t, tenant, system)
		}
	}
}

// checkClients compares what each client's own rows are, over all kinds.
func (m *model) checkClients(t *rapid.T, tenant, system string) {
	for _, client := range []care.Ref{"A/1", "B/2"} {
		var want, have []string
		for at, records := range m.want {
			for _, r := range records {
				if at.tenant == tenant && at.system == system && r.Client == client {
					want = append(want, fmt.Sprint(r.Ref, r.Version))
				}
			}
		}
		got, err := m.store.Tenant(tenant).ClientRecords(context.Background(), system, client)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range got.Records {
			have = append(have, fmt.Sprint(r.Ref, r.Version))
		}
		slices.Sort(want)
		slices.Sort(have)
		if !slices.Equal(want, have) {
			t.Fatalf("rows of a client are %v, and should be %v", have, want)
		}
	}
}
