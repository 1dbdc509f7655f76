package files

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"brygga/adapters"
)

func TestCheckSaysOfEachListHowItIs(t *testing.T) {
	tests := []struct {
		name    string
		l       List
		put     func(w *world)
		verdict adapters.Verdict
		seen    string
		do      string
	}{
		{"all is well", visits(dated), func(w *world) {
			w.put("besok_20261127.csv", csvOf("1"), 2*day)
			w.put("besok_20261128.csv", csvOf("1"), 5*hour)
		}, adapters.OK, "2 files, the newest complete one 5 hours old; its first rows are as expected", ""},
		{"a list without rows", visits(), func(w *world) { w.put("besok_1.csv", csvOf(), hour) }, adapters.Warn, "1 hour old, without rows", "check the export"},
		{"no file", visits(), func(*world) {}, adapters.Fail, "there is no file", "check that the export runs"},
		{"none complete", visits(by(Quiet, 10*hour)), func(w *world) { w.put("besok_1.csv", csvOf("1"), hour) }, adapters.Warn, "1 file, none complete; besok_1.csv may still be written", "look again"},
		{"a newest one that is not complete", visits(func(l *List) { l.Complete = Complete{How: Manifest, Manifest: "{name}.ok"} }), func(w *world) {
			w.put("besok_1.csv", csvOf("1"), 3*hour)
			w.put("besok_1.csv.ok", "", hour)
			w.put("besok_2.csv", csvOf("1"), hour)
			w.put("besok_2.csv.ok", "size=1", hour)
		}, adapters.OK, "the newest complete one 3 hours old", ""},
		{"too old", visits(func(l *List) { l.MaxAge = day }), func(w *world) { w.put("besok_1.csv", csvOf("1"), 3*day) }, adapters.Fail, "is 3 days old", "max_age"},
		{"another header", visits(), func(w *world) { w.put("besok_1.csv", "Id;namn\n", hour) }, adapters.Fail, `lacks "Namn"`, "correct columns"},
		{"another encoding", visits(), func(w *world) { w.put("besok_1.csv", "Id;Namn\n1;\xe5\n", hour) }, adapters.Fail, "is not valid UTF-8", "windows-1252"},
		{"empty", visits(), func(w *world) { w.put("besok_1.csv", "", hour) }, adapters.Fail, "is empty", "check the export"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.l)
			tt.put(w)
			got := w.system().Check(context.Background())
			if len(got) != 2 || got[0].Verdict != adapters.OK {
				t.Fatalf("%+v", got)
			}
			if c := got[1]; c.What != "list besok" || c.Verdict != tt.verdict || !strings.Contains(c.Seen, tt.seen) || !strings.Contains(c.Do, tt.do) || (c.Do == "") != (tt.do == "") {
				t.Errorf("%+v; want %s: ...%s...; ...%s...", c, tt.verdict, tt.seen, tt.do)
			}
			if len(w.slept) > 0 {
				t.Error("a check waits for nothing")
			}
		})
	}
	t.Run("a list that nobody set", func(t *testing.T) {
		w := newWorld(t, visits())
		if got := w.system().Check(context.Background(), "annat"); got[1].Verdict != adapters.Fail {
			t.Errorf("%+v", got)
		}
	})
	t.Run("a folder that is not there", func(t *testing.T) {
		w := newWorld(t, visits())
		w.o.Folder = filepath.Join(w.dir, "x")
		if got := w.system().Check(context.Background()); len(got) != 1 || got[0].Verdict != adapters.Fail || !strings.Contains(got[0].Do, "mounted") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("over SFTP", func(t *testing.T) {
		w, s := remoteWorld(t, visits())
		w.put("besok_1.csv", big(100_000), hour)
		if got := w.system().Check(context.Background()); len(got) != 2 || got[1].Verdict != adapters.OK {
			t.Errorf("%+v", got)
		}
		w.o.SFTP.KnownHosts = s.known()
		if got := w.system().Check(context.Background()); len(got) != 1 || !strings.Contains(got[0].Seen, "is not known") {
			t.Errorf("%+v", got)
		}
	})
}
