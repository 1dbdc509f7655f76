package care

import (
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

func TestRecordsShareTheReferencesThatTheyName(t *testing.T) {
	apart := func() Record {
		ref := func(s string) Ref { return Ref(strings.Clone(s)) }
		return Record{Ref: ref("Procedure/r"), Client: ref("Patient/a"), Facts: Facts{Reviews: []Review{
			{Ref: ref("Procedure/r"), Plan: ref("CarePlan/p"), By: []Ref{ref("Practitioner/s")}},
		}}}
	}
	var table RefTable
	first, second := apart(), apart()
	table.Share(&first)
	table.Share(&second)
	if !reflect.DeepEqual(first, apart()) || !reflect.DeepEqual(second, apart()) {
		t.Fatalf("%+v\n%+v", first, second)
	}
	same := func(a, b Ref) bool { return unsafe.StringData(string(a)) == unsafe.StringData(string(b)) }
	if f, s := first.Reviews[0], second.Reviews[0]; !same(first.Client, second.Client) || !same(f.Plan, s.Plan) || !same(f.By[0], s.By[0]) {
		t.Error("the same reference is kept twice")
	}
	if !same(first.Ref, first.Reviews[0].Ref) || same(first.Ref, second.Ref) {
		t.Error("a record's own reference is not the one that its facts have")
	}
}
