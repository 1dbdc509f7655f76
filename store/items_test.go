package store

import (
	"context"
	"reflect"
	"testing"
	"time"

	"brygga/care"
)

func TestBaseline(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	tenant := openAt(t, path).Tenant("exempelkommun")
	check := func(when string, want map[string]time.Time) {
		t.Helper()
		got, err := openAt(t, path).Tenant("exempelkommun").Baseline(ctx)
		ok(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s, the baseline is %v, and should be %v", when, got, want)
		}
	}
	check("in a new store", map[string]time.Time{})
	ok(t, tenant.AddBaseline(ctx, []string{"a", "b", "a"}, noon.In(care.Stockholm)))
	check("with two findings", map[string]time.Time{"a": noon, "b": noon})
	ok(t, tenant.AddBaseline(ctx, []string{"b", "c"}, noon.Add(time.Hour)))
	check("with one that was known", map[string]time.Time{"a": noon, "b": noon, "c": noon.Add(time.Hour)})
	ok(t, tenant.RemoveBaseline(ctx, []string{"a", "z"}))
	check("with one taken away", map[string]time.Time{"b": noon, "c": noon.Add(time.Hour)})
	ok(t, tenant.AddBaseline(ctx, nil, noon))
	ok(t, tenant.RemoveBaseline(ctx, nil))
	check("after nothing", map[string]time.Time{"b": noon, "c": noon.Add(time.Hour)})
	ok(t, tenant.AddBaseline(ctx, []string{"a"}, noon.Add(2*time.Hour)))
	check("with one that came back", map[string]time.Time{"a": noon.Add(2 * time.Hour), "b": noon, "c": noon.Add(time.Hour)})
}

func TestAnswers(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	tenant := openAt(t, path).Tenant("exempelkommun")
	check := func(when, system string, want map[care.Ref]Answer) {
		t.Helper()
		got, err := openAt(t, path).Tenant("exempelkommun").Answers(ctx, system)
		ok(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s, the answers are %v, and should be %v", when, got, want)
		}
	}
	check("in a new store", "journal", map[care.Ref]Answer{})
	ok(t, tenant.PutAnswer(ctx, "journal", "ServiceRequest/1", noon.In(care.Stockholm), false))
	ok(t, tenant.PutAnswers(ctx, "journal", map[care.Ref]Answer{"ServiceRequest/2": {noon, true}, "ServiceRequest/3": {noon, false}}))
	ok(t, tenant.PutAnswer(ctx, "hr", "ServiceRequest/1", noon, true))
	check("when asked", "journal", map[care.Ref]Answer{"ServiceRequest/1": {noon, false}, "ServiceRequest/2": {noon, true}, "ServiceRequest/3": {noon, false}})
	check("in the other system", "hr", map[care.Ref]Answer{"ServiceRequest/1": {noon, true}})
	ok(t, tenant.PutAnswer(ctx, "journal", "ServiceRequest/1", noon.Add(time.Hour), true))
	check("when asked again", "journal", map[care.Ref]Answer{"ServiceRequest/1": {noon.Add(time.Hour), true}, "ServiceRequest/2": {noon, true}, "ServiceRequest/3": {noon, false}})
	ok(t, tenant.RemoveAnswers(ctx, "journal", []care.Ref{"ServiceRequest/1", "ServiceRequest/3", "ServiceRequest/9"}))
	check("when services are gone", "journal", map[care.Ref]Answer{"ServiceRequest/2": {noon, true}})
	check("in the other system, untouched", "hr", map[care.Ref]Answer{"ServiceRequest/1": {noon, true}})
}

func TestDocs(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	tenant := openAt(t, path).Tenant("exempelkommun")
	check := func(when, name string, want []byte, there bool) {
		t.Helper()
		got, found, err := openAt(t, path).Tenant("exempelkommun").Doc(ctx, name)
		ok(t, err)
		if string(got) != string(want) || found != there {
			t.Errorf("%s, the document is %q (%v), and should be %q (%v)", when, got, found, want, there)
		}
	}
	check("in a new store", "snapshot", nil, false)
	ok(t, tenant.PutDoc(ctx, "snapshot", []byte("ett\x00\xff")))
	ok(t, tenant.PutDoc(ctx, "guard", []byte("två")))
	check("when put", "snapshot", []byte("ett\x00\xff"), true)
	ok(t, tenant.PutDoc(ctx, "snapshot", []byte{}))
	check("when empty", "snapshot", []byte{}, true)
	ok(t, tenant.PutDoc(ctx, "snapshot", nil))
	check("when removed", "snapshot", nil, false)
	ok(t, tenant.PutDoc(ctx, "snapshot", nil))
	check("under another name", "guard", []byte("två"), true)
}

// What is to be stored together is stored together, or not at all.
func TestManyAreAllOrNone(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, pathIn(t))
	tenant := s.Tenant("exempelkommun")
	ok(t, tenant.AddBaseline(ctx, []string{"a"}, noon))
	spoil(t, s, `CREATE TRIGGER third BEFORE INSERT ON item WHEN (SELECT count(*) FROM item) >= 3 BEGIN SELECT raise(ABORT, 'no more'); END`)
	if err := tenant.AddBaseline(ctx, []string{"b", "c", "d", "e"}, noon); err == nil {
		t.Fatal("it was stored")
	}
	if got, err := tenant.Baseline(ctx); err != nil || len(got) != 1 {
		t.Errorf("the baseline is %v, %v", got, err)
	}
	if err := tenant.PutAnswers(ctx, "journal", map[care.Ref]Answer{"1": {}, "2": {}, "3": {}, "4": {}}); err == nil {
		t.Fatal("it was stored")
	}
	if got, err := tenant.Answers(ctx, "journal"); err != nil || len(got) != 0 {
		t.Errorf("the answers are %v, %v", got, err)
	}
}
