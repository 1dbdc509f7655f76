package files

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf is rows in a folder, delivered anew each hour that something is done.
type shelf struct {
	w       *world
	changes bool
	version []int // of each row; 0: deleted
	n       int
}

func (s *shelf) row(b *strings.Builder, i int) {
	gone := ""
	if s.version[i] == 0 {
		gone = "ja"
	}
	fmt.Fprintf(b, "%d;version %d;%s\n", i, s.version[i], gone)
}

// deliver writes the next file: of these rows, or of all.
func (s *shelf) deliver(rows ...int) {
	s.w.now = s.w.now.Add(time.Hour)
	s.n++
	var b strings.Builder
	b.WriteString("Id;Namn;Borttagen\n")
	if s.changes && rows != nil {
		for _, i := range rows {
			s.row(&b, i)
		}
	} else {
		for i, v := range s.version {
			if v > 0 {
				s.row(&b, i)
			}
		}
	}
	s.w.put(fmt.Sprintf("besok_%03d.csv", s.n), b.String(), 10*time.Minute)
}

func (s *shelf) Change(rows ...int) {
	for _, i := range rows {
		s.version[i]++
	}
	s.deliver(rows...)
}

func (s *shelf) Delete(rows ...int) {
	for _, i := range rows {
		s.version[i] = 0
	}
	s.deliver(rows...)
}

// Break has a last file that is broken after some of its pages.
func (s *shelf) Break(broken bool) {
	s.w.now = s.w.now.Add(time.Hour)
	if broken {
		s.w.put("besok_999.csv", "Id;Namn;Borttagen\n"+strings.Repeat("1;hemligt;\n", 40)+"1;\"hemligt", 10*time.Minute)
	} else {
		s.w.remove("besok_999.csv")
	}
}

func TestTheContractOfSources(t *testing.T) {
	for name, l := range map[string]List{"a list delivered whole": visits(), "a list delivered as changes": visits(changes)} {
		for _, remote := range []bool{false, true} {
			l := l
			l.Columns = []string{"Id", "Namn", "Borttagen"}
			var last *world
			c := adaptertest.Nights{
				Stock: func(t testing.TB, n int) (adapters.Source, adaptertest.Stock) {
					w := newWorld(t, l)
					if remote {
						w, _ = remoteWorld(t, l)
					}
					last = w
					s := &shelf{w: w, changes: l.Delivery == Changes, version: make([]int, n)}
					for i := range s.version {
						s.version[i] = 1
					}
					s.deliver()
					return w.system(), s
				},
				Reader:  func() adaptertest.Rows { return &rows{} },
				Query:   adapters.Query{Kind: "visit", Type: "besok"},
				Logged:  func() string { return last.log.String() },
				Secrets: []string{"hemligt", "version", "sesam"},
			}
			if l.Delivery != Changes {
				c.TooOld = "2020-01-01T00:00:00Z"
			} else {
				c.Gone = func(r adaptertest.Rows) (n int) {
					for _, row := range r.(*rows).all {
						if row["Borttagen"] == "ja" {
							n++
						}
					}
					return n
				}
			}
			t.Run(fmt.Sprintf("%s, over SFTP %v", name, remote), func(t *testing.T) { adaptertest.RunNights(t, c) })
		}
	}
}
