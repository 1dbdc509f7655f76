package care

import (
	"fmt"
	"reflect"
	"testing"
	"time"
	"unsafe"
)

// filled sets a field of Facts to so many facts; a pointer is set if there are any.
func filled(f *Facts, field, n int) {
	v := reflect.ValueOf(f).Elem().Field(field)
	switch {
	case n == 0:
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	default:
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			if ref := v.Index(i).FieldByName("Ref"); ref.IsValid() {
				ref.SetString(fmt.Sprintf("Fact/%d-%d", field, i))
			}
		}
	}
}

func TestWhatIsPackedComesBack(t *testing.T) {
	fields := reflect.TypeFor[Facts]().NumField()
	for field := range fields {
		for other := range fields {
			for n := range 3 {
				r := Record{Ref: "Type/1", Version: "7", Updated: time.Unix(1, 2), Client: "Patient/a"}
				filled(&r.Facts, field, n)
				filled(&r.Facts, other, min(n, 1))
				p := r.Pack()
				if got := p.Open(); !reflect.DeepEqual(got, r) {
					t.Errorf("%s and %s, %d of them:\n%+v\nis not\n%+v", reflect.TypeFor[Facts]().Field(field).Name,
						reflect.TypeFor[Facts]().Field(other).Name, n, got, r)
				}
				if p.HoldsFacts() != r.HoldsFacts() {
					t.Errorf("with %d facts: %v", n, p.HoldsFacts())
				}
			}
		}
	}
}

func TestAnEmptyListIsNoFact(t *testing.T) {
	r := Record{Ref: "Type/1", Facts: Facts{Plans: []Plan{}, Reviews: []Review{{Ref: "Review/1"}}}}
	p := r.Pack()
	if got := p.Open(); got.Plans != nil || len(got.Reviews) != 1 || p.HoldsFacts() != true {
		t.Errorf("%+v", got)
	}
}

func TestARecordPackedIsSmall(t *testing.T) {
	if packed, whole := unsafe.Sizeof(Packed{}), unsafe.Sizeof(Record{}); packed > whole/4 {
		t.Errorf("%d bytes instead of %d", packed, whole)
	}
}
