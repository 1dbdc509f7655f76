package files

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"brygga/adapters"
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

func csvOf(ids ...string) string {
	var b strings.Builder
	b.WriteString("Id;Namn\n")
	for _, id := range ids {
		b.WriteString(id + ";A\n")
	}
	return b.String()
}

func by(how How, quiet time.Duration) func(*List) {
	return func(l *List) { l.Complete.How, l.Complete.Quiet = how, quiet }
}

func dated(l *List)   { l.Glob = "besok_{date}.csv" }
func changes(l *List) { l.Delivery = Changes }

func TestWhichFileIsTheList(t *testing.T) {
	manifest := func(name string) func(*List) {
		return func(l *List) { l.Complete = Complete{How: Manifest, Manifest: name} }
	}
	tests := []struct {
		name string
		l    List
		put  func(w *world)
		want string // ids
	}{
		{"the newest by its time of change", visits(), func(w *world) {
			w.put("besok_b.csv", csvOf("1"), 2*hour)
			w.put("besok_a.csv", csvOf("2"), hour)
		}, "2"},
		{"the newest by the date in its name, whenever it was copied", visits(dated), func(w *world) {
			w.put("besok_20261128.csv", csvOf("1"), 2*hour)
			w.put("besok_2026-11-27.csv", csvOf("2"), hour)
		}, "1"},
		{"of two of one date the one changed later", visits(func(l *List) { l.Glob = "besok_{date}*.csv" }), func(w *world) {
			w.put("besok_20261128_b.csv", csvOf("1"), 2*hour)
			w.put("besok_20261128_a.csv", csvOf("2"), hour)
		}, "2"},
		{"the newest by the time after the date", visits(func(l *List) { l.Glob = "besok_{date}T{time}.csv" }), func(w *world) {
			w.put("besok_20261128T0900.csv", csvOf("1"), hour)
			w.put("besok_20261128T1000.csv", csvOf("2"), 2*hour)
		}, "2"},
		{"one that may still be written is left alone, and its forerunner is the list", visits(by(Quiet, 10*time.Minute)), func(w *world) {
			w.put("besok_1.csv", csvOf("1"), day)
			w.put("besok_2.csv", csvOf("2"), time.Minute)
		}, "1"},
		{"names of files that are being written are none", visits(func(l *List) { l.Glob = "besok*" }), func(w *world) {
			w.put("besok_1.csv", csvOf("1"), day)
			for _, end := range []string{".tmp", ".part", ".filepart", "~", ".TMP", ".swp"} {
				w.put("besok_2.csv"+end, "half", hour)
			}
		}, "1"},
		{"a folder of such a name is none", visits(), func(w *world) {
			w.put("besok_1.csv", csvOf("1"), day)
			if err := os.Mkdir(filepath.Join(w.dir, "besok_2.csv"), 0o700); err != nil {
				w.t.Fatal(err)
			}
		}, "1"},
		{"a date that no calendar has is none", visits(dated), func(w *world) {
			w.put("besok_20261128.csv", csvOf("1"), day)
			w.put("besok_20261199.csv", csvOf("2"), day)
		}, "1"},
		{"with pattern, the newest is complete once it is quiet", visits(dated, by(Pattern, hour)), func(w *world) {
			w.put("besok_20261128.csv", csvOf("1"), 2*hour)
		}, "1"},
		{"with pattern, one with a later one is complete however young", visits(dated, by(Pattern, hour)), func(w *world) {
			w.put("besok_20261127.csv", csvOf("1"), time.Minute)
			w.put("besok_20261128.csv", csvOf("2"), time.Minute)
		}, "1"},
		{"with a manifest that is empty, its file is complete however young", visits(manifest("{name}.ok")), func(w *world) {
			w.put("besok_1.csv", csvOf("1"), 0)
			w.put("besok_1.csv.ok", "", 0)
		}, "1"},
		{"one without its manifest is left alone", visits(manifest("{stem}.klar")), func(w *world) {
			w.put("besok_1.csv", csvOf("1"), day)
			w.put("besok_1.klar", "", day)
			w.put("besok_2.csv", csvOf("2"), hour)
		}, "1"},
		{"a manifest that fits the pattern is no file of the list", visits(manifest("{name}.ok"), func(l *List) { l.Glob = "besok_*" }), func(w *world) {
			w.put("besok_1.csv", csvOf("1"), day)
			w.put("besok_1.csv.ok", "", hour)
		}, "1"},
		{"a manifest for the date", visits(manifest("klart-{date}.txt"), dated), func(w *world) {
			w.put("besok_20261127.csv", csvOf("1"), day)
			w.put("klart-20261127.txt", `{"files":[{"name":"besok_20261127.csv"}]}`, day)
			w.put("besok_20261128.csv", csvOf("2"), day)
		}, "1"},
		{"a manifest for all that does not list the newest", visits(manifest("MANIFEST")), func(w *world) {
			w.put("besok_1.csv", csvOf("1"), day)
			w.put("besok_2.csv", csvOf("2"), hour)
			w.put("MANIFEST", sum(csvOf("1"))+"  besok_1.csv\n", 0)
		}, "1"},
		{"a file that is not as its manifest says is left alone", visits(manifest("{name}.ok")), func(w *world) {
			for i, says := range []string{`rows=1`, `{"size":1}`, `{"sha256":"` + sum("x") + `"}`, `{"size":`, sum("y") + "  annan.csv", `[{"name":"annan.csv"}]`, "size=3", "sha256=abc"} {
				name := fmt.Sprintf("besok_%d.csv", i)
				w.put(name, csvOf(fmt.Sprint(i)), day-time.Duration(i)*time.Minute)
				w.put(name+".ok", says, hour)
			}
		}, "0"},
		{"a file is as its manifest says in all", visits(manifest("{name}.ok")), func(w *world) {
			w.put("besok_1.csv", csvOf("1", "2"), day)
			w.put("besok_1.csv.ok", fmt.Sprintf(`{"name":"besok_1.csv","size":%d,"rows":2,"sha256":%q}`, len(csvOf("1", "2")), sum(csvOf("1", "2"))), hour)
		}, "1,2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.l)
			tt.put(w)
			if _, r := w.complete(""); r.column("Id") != tt.want {
				t.Errorf("rows %s, want %s; log: %s", r.column("Id"), tt.want, w.log)
			}
		})
	}
}

func sum(s string) string {
	b := sha256.Sum256([]byte(s))
	return hex.EncodeToString(b[:])
}

func TestWhatIsNoDeliveryIsIncompleteAndNeverEmpty(t *testing.T) {
	quiet := visits(by(Quiet, 10*time.Minute))
	tests := []struct {
		name  string
		l     List
		put   func(w *world)
		class adapters.Class
		says  []string
	}{
		{"an empty folder", visits(), func(*world) {}, adapters.Rejected, []string{`no file "besok_*.csv" among the 0 files`, "check that the export runs"}},
		{"files of other names", visits(), func(w *world) { w.put("kunder.csv", "x", day) }, adapters.Rejected, []string{"among the 1 files"}},
		{"a name in other capitals", visits(), func(w *world) { w.put("BESOK_1.CSV", "x", day) }, adapters.Rejected, []string{"differs in capitals"}},
		{"a date that no calendar has", visits(dated), func(w *world) { w.put("besok_20261301.csv", "x", day) }, adapters.Rejected, []string{"none that the calendar has"}},
		{"a half-written file alone", quiet, func(w *world) { w.put("besok_1.csv", "Id;Na", time.Minute) }, adapters.Retry, []string{"none is complete", "besok_1.csv may still be written"}},
		{"a newest file that is too old", visits(func(l *List) { l.MaxAge = 36 * hour }), func(w *world) { w.put("besok_1.csv", csvOf("1"), 73*hour) }, adapters.Rejected, []string{"is 3 days old", "at most 36 hours"}},
		{"an old date in a name of today", visits(dated, func(l *List) { l.MaxAge = 36 * hour }), func(w *world) { w.put("besok_20261120.csv", csvOf("1"), hour) }, adapters.Rejected, []string{"is 8 days old"}},
		{"a file of 0 bytes", visits(), func(w *world) { w.put("besok_1.csv", "", day) }, adapters.Protocol, []string{"besok_1.csv: is empty (0 bytes)"}},
		{"a file of 0 bytes that would be a list of lines", List{Glob: "*", Format: NDJSON}, func(w *world) { w.put("besok_1.csv", "", day) }, adapters.Protocol, []string{"is empty (0 bytes)"}},
		{"another number of rows than the manifest says", visits(func(l *List) { l.Complete = Complete{How: Manifest, Manifest: "{name}.ok"} }), func(w *world) {
			w.put("besok_1.csv", csvOf("1", "2"), day)
			w.put("besok_1.csv.ok", "rows: 3", day)
		}, adapters.Protocol, []string{"has 2 rows, and its manifest says 3"}},
		{"a manifest that never ends", visits(func(l *List) { l.Complete = Complete{How: Manifest, Manifest: "{name}.ok"} }), func(w *world) {
			w.put("besok_1.csv", csvOf("1", "2"), day)
			w.put("besok_1.csv.ok", strings.Repeat("x\n", maxManifest), day)
		}, adapters.Retry, []string{"manifest that is cut off or cannot be read"}},
		{"a header that is another", visits(), func(w *world) { w.put("besok_1.csv", "id;Namn\n1;A\n", day) }, adapters.Protocol, []string{`lacks "Id"`, `it has "id" instead`}},
		{"a row that is short", visits(), func(w *world) { w.put("besok_1.csv", csvOf("1")+"2\n", day) }, adapters.Protocol, []string{"besok_1.csv: line 3"}},
		{"a broken row after many pages", visits(), func(w *world) {
			w.put("besok_1.csv", "Id;Namn\n"+strings.Repeat("1;A\n", 5000)+"2\n", day)
		}, adapters.Protocol, []string{"line 5002"}},
		{"a file bigger than is allowed", visits(), func(w *world) {
			w.o.MaxBytes = 20
			w.put("besok_1.csv", csvOf("1", "2", "3", "4"), day)
		}, adapters.Rejected, []string{"has 24 bytes, more than is allowed (20 bytes)"}},
		{"changes of which an earlier one is not complete", visits(changes, by(Quiet, 10*time.Minute), dated), func(w *world) {
			w.put("besok_20261127.csv", csvOf("1"), time.Minute)
			w.put("besok_20261128.csv", csvOf("2"), hour)
		}, adapters.Retry, []string{"besok_20261127.csv: may still be written, although a later file is complete"}},
		{"changes of which one is broken", visits(changes), func(w *world) {
			w.put("besok_1.csv", csvOf("1"), 3*hour)
			w.put("besok_2.csv", "Id;Namn\n1\n", 2*hour)
		}, adapters.Protocol, []string{"besok_2.csv: line 2"}},
		{"changes that are too old", visits(changes, func(l *List) { l.MaxAge = hour }), func(w *world) { w.put("besok_1.csv", csvOf("1"), 3*hour) }, adapters.Rejected, []string{"is 3 hours old"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.l)
			tt.put(w)
			w.refused(tt.class, tt.says...)
		})
	}
	t.Run("a list that nobody set", func(t *testing.T) {
		w := newWorld(t, visits())
		w.o.Lists = nil
		w.refused(adapters.Rejected, "no list of that name")
	})
	t.Run("a folder that is not there", func(t *testing.T) {
		w := newWorld(t, visits())
		w.o.Folder = filepath.Join(w.dir, "hemligt")
		w.silent(w.refused(adapters.Fatal, "no such folder"), "hemligt")
	})
}

func TestAnEmptyListIsBelievedWhereItIsSaid(t *testing.T) {
	w := newWorld(t, visits())
	w.put("besok_1.csv", csvOf(), day)
	if o, _ := w.complete(""); o.Rows != 0 || o.Pages != 0 {
		t.Errorf("%+v", o)
	}
	l := List{Glob: "besok_*.csv", Format: NDJSON, Complete: Complete{How: Manifest, Manifest: "{name}.ok"}}
	w = newWorld(t, l)
	w.put("besok_1.csv", "", day)
	w.put("besok_1.csv.ok", "rows=0", day)
	if o, _ := w.complete(""); o.Rows != 0 {
		t.Errorf("%+v", o)
	}
}

func TestAFileThatIsNotQuietYetIsWaitedFor(t *testing.T) {
	tests := []struct {
		name  string
		quiet time.Duration
		ago   time.Duration
		sleep func(w *world)
		want  string
		slept time.Duration
	}{
		{"unchanged meanwhile", time.Minute, 20 * time.Second, nil, "2", 40 * time.Second},
		{"changed ahead of our clock, and unchanged meanwhile", time.Minute, -hour, nil, "2", time.Minute},
		{"changed meanwhile", time.Minute, 20 * time.Second, func(w *world) { w.put("besok_2.csv", csvOf("2", "3"), 0) }, "1", 40 * time.Second},
		{"gone meanwhile", time.Minute, 20 * time.Second, func(w *world) { w.remove("besok_2.csv") }, "1", 40 * time.Second},
		{"not worth the waiting", time.Hour, 20 * time.Second, nil, "1", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, visits(by(Quiet, tt.quiet)))
			w.put("besok_1.csv", csvOf("1"), day)
			w.put("besok_2.csv", csvOf("2"), tt.ago)
			if tt.sleep != nil {
				w.asleep = func() { tt.sleep(w) }
			}
			_, r := w.complete("")
			var slept time.Duration
			for _, d := range w.slept {
				slept += d
			}
			if r.column("Id") != tt.want || slept.Round(time.Second) != tt.slept {
				t.Errorf("rows %s, slept %v; want %s, %v", r.column("Id"), slept, tt.want, tt.slept)
			}
		})
	}
}
