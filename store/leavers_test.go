package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"brygga/care"
)

const (
	day  = 24 * time.Hour
	gone = 90 * day
)

// register is a system in which clients come and go: each pull puts whole what it
// lists.
type register struct {
	testing.TB
	*Tenant
	at time.Time
}

func (r *register) ref(n int) care.Ref { return care.Ref(fmt.Sprintf("Patient/klient-%d", n)) }

// pull is a complete pull of everything, days later, that lists these clients; of all
// who were ever there it still lists plans and visits where told so.
func (r *register) pull(days int, clients []int, others []int) {
	r.Helper()
	ctx := context.Background()
	r.at = r.at.Add(time.Duration(days) * day)
	cp := Checkpoint{Value: "x", At: r.at, WholeAt: r.at}
	var people, plans []care.Record
	visits := map[care.Ref][]care.Visit{}
	for _, n := range clients {
		people = append(people, clientRecord(n))
	}
	for _, n := range slices.Concat(clients, others) {
		p := planRecord(15 * n) // of client n
		plans = append(plans, p)
		visits[r.ref(n)] = []care.Visit{visit(uint32(n + 1))}
	}
	r.whole("client", people, cp)
	r.whole("care-plan", plans, cp)
	_, err := r.PutVisits(ctx, "journal", VisitPut{Changed: visits, Whole: true, Checkpoint: cp})
	ok(r, err)
}

func (r *register) whole(kind string, records []care.Record, cp Checkpoint) {
	r.Helper()
	old, _, _, err := r.Refs(context.Background(), "journal", kind)
	ok(r, err)
	_, err = r.PutKind(context.Background(), "journal", kind, KindPut{Upserts: care.Pack(records...), Gone: old, Checkpoint: cp})
	ok(r, err)
}

func (r *register) remove(dry bool) Left {
	r.Helper()
	left, err := r.RemoveLeft(context.Background(), Leaving{System: "journal", Persons: []string{"client"}, Kept: gone, DryRun: dry})
	ok(r, err)
	return left
}

// rows counts what is stored of a client.
func (r *register) rows(n int) int {
	r.Helper()
	c, err := r.ClientRecords(context.Background(), "journal", r.ref(n))
	ok(r, err)
	return len(c.Records) + len(c.Visits) + len(c.Notes)
}

// readable asserts that every row of the system can still be read as a whole.
func (r *register) readable() {
	r.Helper()
	ctx := context.Background()
	for _, kind := range []string{"client", "care-plan"} {
		_, err := r.Kind(ctx, "journal", kind)
		ok(r, err)
	}
	_, err := r.Visits(ctx, "journal")
	ok(r, err)
	_, err = r.Named(ctx, "journal", "client", care.LogicalRef(clientRecord(1).Person.Identifiers[0]))
	ok(r, err)
}

func newRegister(t testing.TB, tenant *Tenant) *register {
	return &register{TB: t, Tenant: tenant, at: noon}
}

func TestClientsWhoLeftAreRemovedWhenTheyHaveBeenAwayLongEnough(t *testing.T) {
	type step struct {
		days            int // until the pull before it
		clients, others []int
		want            Left
		rows            map[int]int // of clients, afterwards
	}
	everybody := []int{1, 2, 3}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"who stands there is never removed", []step{{0, everybody, nil, Left{}, map[int]int{1: 3}}, {400, everybody, nil, Left{}, map[int]int{1: 3}}}},
		{"who left is kept, and removed whole when the time is over", []step{
			{0, everybody, nil, Left{}, nil},
			{1, []int{1, 2}, []int{3}, Left{Away: 1}, map[int]int{3: 2}},
			{89, []int{1, 2}, []int{3}, Left{Away: 1}, map[int]int{3: 2}},
			{1, []int{1, 2}, []int{3}, Left{Clients: 1, Rows: 2}, map[int]int{1: 3, 2: 3, 3: 0}},
		}},
		{"who comes back meanwhile begins anew", []step{
			{0, everybody, nil, Left{}, nil},
			{1, []int{1, 2}, []int{3}, Left{Away: 1}, nil},
			{60, everybody, nil, Left{}, map[int]int{3: 3}},
			{60, []int{1, 2}, []int{3}, Left{Away: 1}, map[int]int{3: 2}},
			{60, []int{1, 2}, []int{3}, Left{Away: 1}, map[int]int{3: 2}},
			{30, []int{1, 2}, []int{3}, Left{Clients: 1, Rows: 2}, map[int]int{3: 0}},
		}},
		{"whom the source lists again after that is removed again at once", []step{
			{0, everybody, nil, Left{}, nil},
			{1, []int{1, 2}, []int{3}, Left{Away: 1}, nil},
			{90, []int{1, 2}, []int{3}, Left{Clients: 1, Rows: 2}, nil},
			{7, []int{1, 2}, []int{3}, Left{Clients: 1, Rows: 2}, map[int]int{3: 0}},
		}},
		{"who left nothing behind is nobody's business", []step{
			{0, everybody, nil, Left{}, nil}, {200, []int{1, 2}, nil, Left{}, map[int]int{3: 0}},
		}},
		{"a system that suddenly has nobody is not believed", []step{
			{0, everybody, nil, Left{}, nil}, {200, nil, everybody, Left{Unknown: true}, map[int]int{1: 2, 2: 2, 3: 2}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRegister(t, newTenant(t))
			for i, s := range c.steps {
				r.pull(s.days, s.clients, s.others)
				if dry := r.remove(true); dry != s.want {
					t.Errorf("step %d: a dry run says %+v, want %+v", i, dry, s.want)
				}
				if got := r.remove(false); got != s.want {
					t.Errorf("step %d: %+v, want %+v", i, got, s.want)
				}
				if again := r.remove(false); again.Clients != 0 {
					t.Errorf("step %d: at once again, %+v", i, again)
				}
				for n, want := range s.rows {
					if got := r.rows(n); got != want {
						t.Errorf("step %d: %d rows of client %d, want %d", i, got, n, want)
					}
				}
				r.readable()
			}
		})
	}
}

// Time that passes without a complete pull is no time away: the source has not said so.
func TestWithoutAPullNobodyIsRemoved(t *testing.T) {
	r := newRegister(t, newTenant(t))
	r.pull(0, []int{1, 2}, nil)
	r.pull(1, []int{1}, []int{2})
	for range 3 {
		if got := r.remove(false); got != (Left{Away: 1}) {
			t.Errorf("%+v", got)
		}
	}
}

func TestWhoLeftCannotBeTold(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name string
		ask  []string
	}{
		{"of a system without a list of people", nil},
		{"where a list was never put", []string{"client", "person"}},
		{"where only another list was put", []string{"care-plan"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRegister(t, newTenant(t))
			r.pull(0, []int{1}, []int{2})
			r.pull(400, []int{1}, []int{2})
			left, err := r.RemoveLeft(ctx, Leaving{System: "journal", Persons: c.ask, Kept: gone})
			if err != nil || left != (Left{Unknown: true}) || r.rows(2) == 0 {
				t.Errorf("%+v, %v", left, err)
			}
		})
	}
}

// Somebody whose own record cannot be read stands there all the same.
func TestWhoIsInQuarantineIsNotGone(t *testing.T) {
	ctx := context.Background()
	r := newRegister(t, newTenant(t))
	r.pull(0, []int{1, 2}, nil)
	for range 2 {
		r.pull(100, []int{1}, []int{2})
		_, err := r.PutKind(ctx, "journal", "client", KindPut{
			Upserts: care.Pack(clientRecord(1)), Unreadable: []care.Unreadable{{Ref: r.ref(2), Reason: "no birthDate"}},
			Checkpoint: Checkpoint{At: r.at},
		})
		ok(t, err)
		if left := r.remove(false); left != (Left{}) || r.rows(2) != 2 {
			t.Errorf("%+v, and %d rows", left, r.rows(2))
		}
	}
}

// Other systems and other tenants are not touched, and what stands in quarantine of
// somebody who left goes with the rest.
func TestOnlyWhoLeftThisSystemIsRemoved(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, pathIn(t))
	r, other := newRegister(t, s.Tenant("exempelkommun")), newRegister(t, s.Tenant("grannkommun"))
	for _, x := range []*register{r, other} {
		x.pull(0, []int{1, 2}, nil)
		x.pull(1, []int{1}, []int{2})
	}
	_, err := r.PutKind(ctx, "lifecare", "care-plan", KindPut{Upserts: care.Pack(planRecord(30)), Checkpoint: checkpoint("x")})
	ok(t, err)
	_ = r.remove(false)
	r.pull(91, []int{1}, []int{2})
	_, err = r.PutKind(ctx, "journal", "care-plan", KindPut{
		Unreadable: []care.Unreadable{{Ref: "CarePlan/a", Client: r.ref(2)}, {Ref: "CarePlan/b", Client: r.ref(1)}}, Checkpoint: Checkpoint{At: r.at},
	})
	ok(t, err)
	if left := r.remove(false); left.Clients != 1 {
		t.Fatalf("%+v", left)
	}
	if n := other.rows(2); n != 2 {
		t.Errorf("another tenant has %d rows of the client, want 2", n)
	}
	if k, err := r.Kind(ctx, "lifecare", "care-plan"); err != nil || len(k.Records) != 1 {
		t.Errorf("another system has %d rows, %v", len(k.Records), err)
	}
	k, err := r.Kind(ctx, "journal", "care-plan")
	ok(t, err)
	if len(k.Unreadable) != 1 || k.Unreadable[0].Ref != "CarePlan/b" {
		t.Errorf("in quarantine is %+v", k.Unreadable)
	}
}

// However clients come and go: who stands in the last complete pull keeps every row,
// nobody is removed who was there within the time, and everything can still be read.
func TestNobodyWhoIsThereLosesARow(t *testing.T) {
	s := openAt(t, pathIn(t))
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		r := newRegister(rapidTB{t: t}, s.Tenant(fmt.Sprintf("kommun-%d", run)))
		lastSeen := map[int]time.Time{}
		all := []int{1, 2, 3, 4}
		for range rapid.IntRange(1, 8).Draw(t, "pulls") {
			there := rapid.SliceOfDistinct(rapid.SampledFrom(all), func(n int) int { return n }).Draw(t, "clients")
			var others []int
			for _, n := range slices.Sorted(maps.Keys(lastSeen)) {
				if !slices.Contains(there, n) {
					others = append(others, n)
				}
			}
			r.pull(rapid.IntRange(1, 100).Draw(t, "days"), there, others)
			for _, n := range there {
				lastSeen[n] = r.at
			}
			r.remove(false)
			for _, n := range all {
				rows := r.rows(n)
				switch seen, ever := lastSeen[n]; {
				case slices.Contains(there, n) && rows != 3:
					t.Fatalf("client %d is there, and has %d rows", n, rows)
				case ever && rows == 0 && r.at.Sub(seen) < gone:
					t.Fatalf("client %d was there %v ago, and was removed", n, r.at.Sub(seen))
				}
			}
			r.readable()
		}
	})
}

// rapidTB lets what fails within a rapid check be found by rapid.
type rapidTB struct {
	testing.TB
	t *rapid.T
}

func (r rapidTB) Helper()        {}
func (r rapidTB) Fatal(a ...any) { r.t.Fatal(a...) }
