package files

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"brygga/adapters"
)

func TestAWholeListIsTakenOnceByItsContent(t *testing.T) {
	w := newWorld(t, visits())
	w.put("besok_1.csv", csvOf("1", "2"), day)
	first, _ := w.complete("")
	if first.Same || first.Whole || first.Rows != 2 || first.Bytes != int64(len(csvOf("1", "2"))) {
		t.Errorf("the first night: %+v", first)
	}
	w.put("besok_2.csv", csvOf("1", "2"), hour)
	second, r := w.complete(first.Checkpoint)
	if !second.Same || second.Pages != 0 || r.pages != 0 || second.Checkpoint != first.Checkpoint {
		t.Errorf("the same content under another name: %+v", second)
	}
	w.put("besok_2.csv", csvOf("1", "3"), hour)
	third, r := w.complete(first.Checkpoint)
	if third.Same || !third.Whole || r.column("Id") != "1,3" || third.Checkpoint == first.Checkpoint {
		t.Errorf("another content under the same name: %+v", third)
	}
	fourth, r := w.complete("")
	if fourth.Same || r.column("Id") != "1,3" {
		t.Errorf("asked for everything: %+v", fourth)
	}
}

func TestACheckpointIsOfTheListAsItIsSet(t *testing.T) {
	for _, l := range []List{visits(), visits(changes)} {
		whole := l.Delivery != Changes // what was taken of changes may have been cleared away
		w := newWorld(t, l)
		w.put("besok_1.csv", csvOf("1"), day)
		first, _ := w.complete("")
		l.Columns = []string{"Id"}
		w.o.Lists["besok"] = l
		if o, r := w.complete(first.Checkpoint); o.Same || o.Whole != whole || r.column("Id") != "1" {
			t.Errorf("after another setting: %+v", o)
		}
		for _, since := range []string{"x", "files1.w.", "files1.c.", "2026-11-29T02:00:00Z", first.Checkpoint + "x", strings.Repeat("files1.c.", 1000)} {
			if o, r := w.complete(since); o.Same || o.Whole != whole || r.column("Id") != "1" {
				t.Errorf("with the checkpoint %.20q: %+v", since, o)
			}
		}
	}
}

func TestChangesAreTakenOnceAndInOrder(t *testing.T) {
	w := newWorld(t, visits(changes, dated))
	w.put("besok_20261125.csv", csvOf("1"), hour)
	w.put("besok_20261124.csv", csvOf("2"), hour)
	w.put("besok_20261126.csv", csvOf("1"), hour)
	first, r := w.complete("")
	if r.column("Id") != "2,1" {
		t.Errorf("the first night: %s; two names with one content are one, and order is by date", r.column("Id"))
	}
	same, r := w.complete(first.Checkpoint)
	if !same.Same || r.pages != 0 || same.Checkpoint != first.Checkpoint {
		t.Errorf("nothing new: %+v", same)
	}
	w.put("besok_20261127.csv", csvOf("3"), hour)
	second, r := w.complete(first.Checkpoint)
	if second.Same || second.Whole || r.column("Id") != "3" {
		t.Errorf("a new one: %+v, rows %s", second, r.column("Id"))
	}
	w.remove("besok_20261124.csv")
	w.put("besok_20261128.csv", csvOf("2"), hour)
	third, r := w.complete(second.Checkpoint)
	if !third.Same || r.pages != 0 {
		t.Errorf("one that was taken, was moved away and came back under another name: %+v", third)
	}
	w.put("besok_20261125.csv", csvOf("1", "1b"), 30*time.Minute)
	fourth, r := w.complete(third.Checkpoint)
	if r.column("Id") != "1,1b,1,3,2" {
		t.Errorf("one of an earlier date is read with all after it, so that later rows win: %s", r.column("Id"))
	}
	if fifth, _ := w.complete(fourth.Checkpoint); !fifth.Same {
		t.Errorf("%+v", fifth)
	}
}

func TestANewestFileOfChangesThatIsHalfWrittenIsLeftForTheNextNight(t *testing.T) {
	w := newWorld(t, visits(changes, by(Quiet, 10*time.Minute)))
	w.put("besok_1.csv", csvOf("1"), day)
	w.put("besok_2.csv", "Id;Na", time.Minute)
	first, r := w.complete("")
	if r.column("Id") != "1" {
		t.Errorf("rows %s", r.column("Id"))
	}
	w.put("besok_2.csv", csvOf("2"), hour)
	if _, r = w.complete(first.Checkpoint); r.column("Id") != "2" {
		t.Errorf("rows %s", r.column("Id"))
	}
}

func TestOnlyTheWindowIsReadOfChangesOnTheFirstNight(t *testing.T) {
	stockholm := time.FixedZone("CET", 3600)
	from := time.Date(2026, 11, 26, 0, 0, 0, 0, stockholm)
	for name, l := range map[string]List{"by the date in the name": visits(changes, dated), "by the time of change": visits(changes, func(l *List) { l.Glob = "besok_*.csv" })} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, l)
			for d := 24; d <= 28; d++ {
				w.put(fmt.Sprintf("besok_202611%d.csv", d), csvOf(fmt.Sprint(d)), tonight.Sub(time.Date(2026, 11, d, 12, 0, 0, 0, time.UTC)))
			}
			pull := func(since string, from time.Time) (adapters.Outcome, *rows) {
				r := &rows{}
				o := w.system().Pull(context.Background(), adapters.Query{Kind: "visit", Type: "besok", Since: since, From: from}, r)
				return o, r
			}
			o, r := pull("", from)
			if !o.Complete || r.column("Id") != "26,27,28" {
				t.Fatalf("%+v, rows %s", o, r.column("Id"))
			}
			if o, _ = pull(o.Checkpoint, from.AddDate(0, 0, 1)); !o.Same {
				t.Errorf("what lay before the window is not new: %+v", o)
			}
			if o, _ = pull("", from.AddDate(0, 1, 0)); o.Complete || !strings.Contains(o.Fault.What, "of the days that are wanted") {
				t.Errorf("no file in the window: %+v", o)
			}
		})
	}
}

func TestManyFilesOfChangesMakeNoEndlessCheckpoint(t *testing.T) {
	w := newWorld(t, visits(changes))
	const n = mostMarks + 50
	for i := range n {
		w.put(fmt.Sprintf("besok_%04d.csv", i), csvOf(fmt.Sprint(i)), time.Duration(n-i)*time.Hour)
	}
	first, r := w.complete("")
	if len(r.all) != n || len(first.Checkpoint) > 20*mostMarks {
		t.Fatalf("%d rows, a checkpoint of %d", len(r.all), len(first.Checkpoint))
	}
	same, _ := w.complete(first.Checkpoint)
	if !same.Same || same.Checkpoint != first.Checkpoint {
		t.Errorf("nothing new: %v", same.Same)
	}
	w.put("besok_9999.csv", csvOf("new"), time.Minute)
	if o, r := w.complete(same.Checkpoint); r.column("Id") != "new" || len(o.Checkpoint) > 20*mostMarks {
		t.Errorf("one new: rows %s", r.column("Id"))
	}
}

func TestPagesAreBoundedWhateverTheFile(t *testing.T) {
	w := newWorld(t, visits(func(l *List) { l.Columns = []string{"Id", "Namn"} }))
	w.o.PageRows = 0 // the default
	row := "1;" + strings.Repeat("å", 2000) + "\n"
	w.put("besok_1.csv", "Id;Namn\n"+strings.Repeat(row, 3000), day)
	o, r := w.complete("")
	if o.Rows != 3000 || r.most > pageBytes+maxRecord || r.pages < 10 {
		t.Errorf("%d rows in %d pages of up to %d bytes", o.Rows, r.pages, r.most)
	}
	w.put("besok_2.csv", "Id;Namn\n"+strings.Repeat("1;A\n", 3500), hour)
	if o, _ := w.complete(""); o.Pages != 4 {
		t.Errorf("3500 short rows make %d pages, want 4", o.Pages)
	}
}

func TestAFileThatIsNotLeftAloneIsNeverComplete(t *testing.T) {
	content := "Id;Namn\n" + strings.Repeat("1;A\n", 100_000)
	tests := []struct {
		name string
		do   func(path string) error
	}{
		{"it grows", func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString("2;B\n")
			return err
		}},
		{"it is cut", func(path string) error { return os.Truncate(path, 20) }},
		{"it is written again, of the same length and time", func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			if err := os.WriteFile(path, []byte(strings.ReplaceAll(content, "A", "B")), 0o600); err != nil {
				return err
			}
			return os.Chtimes(path, time.Time{}, info.ModTime())
		}},
		{"it is touched", func(path string) error { return os.Chtimes(path, time.Time{}, tonight) }},
		{"another takes its place", func(path string) error {
			if err := os.WriteFile(path+".tmp", []byte(content+"2;B\n"), 0o600); err != nil {
				return err
			}
			return os.Rename(path+".tmp", path)
		}},
		{"it is moved away", func(path string) error { return os.Rename(path, path+".old") }},
		{"it is broken", func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteAt([]byte("\"\"x"), int64(len(content)-20))
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, visits())
			w.put("besok_1.csv", content, day)
			done := false
			r := &rows{}
			r.slow = func() {
				if !done {
					done = true
					if err := tt.do(filepath.Join(w.dir, "besok_1.csv")); err != nil {
						t.Fatal(err)
					}
				}
			}
			o := w.system().Pull(context.Background(), adapters.Query{Kind: "visit", Type: "besok"}, r)
			if o.Complete || o.Checkpoint != "" || o.Fault == nil || o.Fault.Class != adapters.Retry {
				t.Fatalf("%+v, %v", o, o.Fault)
			}
			if !strings.Contains(o.Fault.What, "changed while it was read") && !strings.Contains(o.Fault.What, "vanished") {
				t.Errorf("it is not said that the file changed: %v", o.Fault)
			}
		})
	}
}

func TestAPullThatIsStoppedInTheMiddleIsIncomplete(t *testing.T) {
	w := newWorld(t, visits())
	w.put("besok_1.csv", "Id;Namn\n"+strings.Repeat("1;A\n", 100_000), day)
	ctx, stop := context.WithCancel(context.Background())
	r := &rows{slow: stop}
	o := w.system().Pull(ctx, adapters.Query{Kind: "visit", Type: "besok"}, r)
	if o.Complete || o.Fault == nil || o.Fault.Class != adapters.Retry || o.Checkpoint != "" {
		t.Errorf("%+v", o)
	}
}

func TestAPageIsTakenWhileTheNextIsRead(t *testing.T) {
	w := newWorld(t, visits())
	from := &counted{left: 100}
	p := &pull{s: w.system(), l: compiled(t, visits()), r: &rows{slow: func() {
		for i := 0; from.given.Load() < 20 && i < 1000; i++ {
			time.Sleep(time.Millisecond)
		}
		if from.given.Load() < 20 {
			t.Error("while a page was taken, the next was not read")
		}
	}}}
	if fault, err := p.hand(context.Background(), from); fault != nil || err != nil || p.out.Rows != 100 || p.out.Pages != 10 {
		t.Errorf("%v, %v, %+v", fault, err, p.out)
	}
}

// What a pull allocates does not grow with the file.
func TestMemoryIsBoundedByAPage(t *testing.T) {
	allocated := func(rows int) uint64 {
		w := newWorld(t, visits())
		w.o.PageRows = 0
		w.put("besok_1.csv", "Id;Namn;Text\n"+strings.Repeat("1;Åsa;"+strings.Repeat("x", 100)+"\n", rows), day)
		s := w.system()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		o := s.Pull(context.Background(), adapters.Query{Kind: "visit", Type: "besok"}, nothing{})
		runtime.ReadMemStats(&after)
		if o.Rows != rows {
			t.Fatalf("%+v", o)
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	allocated(1000)
	if small, large := allocated(10_000), allocated(300_000); large > small+2<<20 {
		t.Errorf("1 MB takes %d bytes, 30 MB take %d", small, large)
	}
}
