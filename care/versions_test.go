package care

import (
	"testing"
	"time"
)

func at(hour int) time.Time { return time.Date(2026, 11, 21, hour, 0, 0, 0, time.UTC) }

func TestWhichReadingIsOlder(t *testing.T) {
	rows := []struct {
		name string
		a, b stamp
		want bool // a is certainly older than b
	}{
		{"an earlier time", stamp{at(1), ""}, stamp{at(2), ""}, true},
		{"a later time", stamp{at(2), ""}, stamp{at(1), ""}, false},
		{"time goes before version", stamp{at(1), "9"}, stamp{at(2), "1"}, true},
		{"at one time the version decides", stamp{at(1), "1"}, stamp{at(1), "2"}, true},
		{"without a time the version decides", stamp{time.Time{}, "1"}, stamp{at(1), "2"}, true},
		{"numbers compare as numbers", stamp{version: "9"}, stamp{version: "10"}, true},
		{"leading zeros do not count", stamp{version: "009"}, stamp{version: "10"}, true},
		{"longer than any integer", stamp{version: "99999999999999999999998"}, stamp{version: "99999999999999999999999"}, true},
		{"versions that are no numbers cannot be ordered", stamp{version: "a"}, stamp{version: "b"}, false},
		{"one without a version cannot be ordered", stamp{version: ""}, stamp{version: "2"}, false},
		{"the same is not older", stamp{at(1), "1"}, stamp{at(1), "1"}, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if got := r.a.before(r.b); got != r.want {
				t.Errorf("before is %v", got)
			}
			if r.want && r.b.before(r.a) {
				t.Error("both are before each other")
			}
		})
	}
}

func TestSettle(t *testing.T) {
	read := func(hour int, version string, client Ref) *Record {
		r := &Record{Ref: "CareTeam/1", Version: version, Client: client}
		if hour > 0 {
			r.Updated = at(hour)
		}
		r.Assignments = []Assignment{{Team: "CareTeam/1", Member: Ref("Practitioner/" + version)}}
		return r
	}
	unread := func(hour int, version string) Unreadable {
		u := Unreadable{Ref: "CareTeam/1", Version: version, Reason: "no"}
		if hour > 0 {
			u.Updated = at(hour)
		}
		return u
	}
	same := read(1, "7", "Patient/1")
	again := *same
	rows := []struct {
		name    string
		records []*Record
		unread  []Unreadable
		counts  string // version of the record that counts, "" for none
		stands  int    // unreadable readings that stand
	}{
		{"one reading", []*Record{read(1, "1", "Patient/1")}, nil, "1", 0},
		{"the later by time", []*Record{read(2, "1", "Patient/1"), read(1, "2", "Patient/1")}, nil, "1", 0},
		{"the later by version", []*Record{read(0, "9", "Patient/1"), read(0, "10", "Patient/1")}, nil, "10", 0},
		{"the same twice", []*Record{same, &again}, nil, "7", 0},
		{"two that differ and cannot be ordered", []*Record{read(0, "a", "Patient/1"), read(0, "b", "Patient/2")}, nil, "", 2},
		{"an unreadable that is older does not count", []*Record{read(2, "1", "Patient/1")}, []Unreadable{unread(1, "1")}, "1", 0},
		{"an unreadable that is newer stands", []*Record{read(1, "1", "Patient/1")}, []Unreadable{unread(2, "1")}, "", 1},
		{"an unreadable that cannot be ordered stands", []*Record{read(1, "1", "Patient/1")}, []Unreadable{unread(0, "")}, "", 1},
		{"an unreadable of the same version stands", []*Record{read(1, "1", "Patient/1")}, []Unreadable{unread(1, "1")}, "", 1},
		{"between two readable ones the newest counts", []*Record{read(1, "1", "Patient/1"), read(3, "3", "Patient/1")}, []Unreadable{unread(2, "2")}, "3", 0},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			v := settle(r.records, r.unread)
			got := ""
			if v.record != nil {
				got = v.record.Version
			}
			if got != r.counts || len(v.unreadable) != r.stands {
				t.Errorf("%q counts, %d stand", got, len(v.unreadable))
			}
			if (v.record == nil) != (len(v.aside) == len(r.records)) {
				t.Errorf("%d set aside", len(v.aside))
			}
		})
	}
}

func TestSettleSurvivesTimesAndVersionsThatContradictEachOther(t *testing.T) {
	// a is before b by time, b before c and c before a by version.
	a := &Record{Ref: "X/1", Updated: at(1), Version: "3", Client: "Patient/a"}
	b := &Record{Ref: "X/1", Updated: at(2), Version: "1", Client: "Patient/b"}
	c := &Record{Ref: "X/1", Version: "2", Client: "Patient/c"}
	v := settle([]*Record{a, b, c}, nil)
	if v.record != nil || len(v.unreadable) != 3 {
		t.Errorf("%+v", v)
	}
}
