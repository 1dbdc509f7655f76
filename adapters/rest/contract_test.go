package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
	"brygga/adapters/wire"
)

// journalled is a log that tests read while others write.
type journalled struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journalled) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journalled) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// secrets is what must never be told, with a person's number in a parameter.
var secrets = []string{"top-secret-key", "kommunens-doman", "195009072553", "PersonId", "gt="}

func contractOptions(address string, l List, log *journalled) Options {
	o := quick(address, l)
	o.Timeout, o.MaxBytes = adaptertest.Timeout, adaptertest.MaxBytes
	o.Auth = Auth{Auth: wire.Auth{Kind: AuthQueryKey, Key: []byte("top-secret-key")}, Domain: "kommunens-doman", Send: SendBoth}
	o.Logger = zerolog.New(log).Level(zerolog.TraceLevel)
	return o
}

func TestSource(t *testing.T) {
	for name, l := range map[string]List{
		"by offset": byOffset,
		"by offset, without overlap": {
			Path: "/api/rows", Paging: Paging{Kind: PagingOffset, Size: 10}, Empty204: true,
		},
		"by page":   {Path: "/api/rows", Paging: Paging{Kind: PagingPage, Size: 10}, Empty204: true},
		"by cursor": {Path: "/api/envelope", Paging: Paging{Kind: PagingCursor, Size: 10, Next: "Paging.Next"}},
		"by link":   {Path: "/api/envelope", Paging: Paging{Kind: PagingLink, Size: 10, Next: "Paging.Link"}},
	} {
		t.Run(name, func(t *testing.T) {
			var log journalled
			byPosition := l.byPosition()
			c := adaptertest.SourceContract{
				Healthy: func(url func() string, n int) http.Handler {
					s := newShop(n)
					s.url = url
					return s
				},
				Open: func(t testing.TB, address string) adapters.Source {
					return opened(t, contractOptions(address, l, &log))
				},
				Reader:   func() adaptertest.Rows { return newSees() },
				Query:    adapters.Query{Kind: "visit", Type: "rows", Params: map[string][]string{"q": {"PersonId='195009072553'"}}},
				Empty204: l.Empty204, Logged: log.String, Secrets: secrets,
			}
			if byPosition {
				c.Shifting = func(url func() string, n int) http.Handler {
					s := newShop(n)
					s.url, s.shuffles = url, true
					return s
				}
			}
			if l.Paging.Kind == PagingLink {
				c.Relink = relink
			}
			adaptertest.Source(t, c)
			if log.String() == "" {
				t.Error("nothing was logged, so that nothing was tested")
			}
		})
	}
}

func relink(page []byte, next string) []byte {
	var b map[string]any
	if json.Unmarshal(page, &b) != nil {
		panic("the healthy server gave no object")
	}
	b["Paging"] = map[string]any{"Link": next}
	out, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	return out
}

// behind is the stock behind a shop.
type behind struct{ *shop }

func (b behind) later(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(time.Hour)
	do()
}

func (b behind) Change(rows ...int) {
	b.later(func() {
		for _, r := range rows {
			b.rows[r].modified = b.now
		}
	})
}

func (b behind) Delete(rows ...int) {
	b.later(func() {
		for _, r := range rows {
			b.rows[r].modified, b.rows[r].Deleted = b.now, true
		}
	})
}

func (b behind) Break(broken bool) {
	b.later(func() {
		b.n, b.broken = 0, nil
		if broken {
			b.broken = func(n int) int {
				if n > 2 {
					return 500
				}
				return 0
			}
		}
	})
	if broken { // a pull of changes may be one page: that one fails too
		b.later(func() { b.broken = func(int) int { return 503 } })
	}
}

func TestNights(t *testing.T) {
	old := byOffset
	old.Changed.Reach = 7 * 24 * time.Hour
	another := old
	another.Changed.Path = "/api/changed"
	whole := byOffset
	whole.Changed = Changed{}
	for name, tt := range map[string]struct {
		list   List
		tooOld string
	}{
		"a list that tells its changes":                 {byOffset, ""},
		"a list that tells the changes of seven days":   {old, noon.Add(-8 * 24 * time.Hour).Format(time.RFC3339)},
		"a list whose changes are at another place":     {another, noon.Add(-8 * 24 * time.Hour).Format(time.RFC3339)},
		"a list that tells no changes":                  {whole, noon.Format(time.RFC3339)},
		"a checkpoint that is none has the whole read":  {byOffset, "yesterday"},
		"a checkpoint without its zone is not believed": {byOffset, "2026-11-21T12:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			var log journalled
			adaptertest.RunNights(t, adaptertest.Nights{
				Stock: func(t testing.TB, n int) (adapters.Source, adaptertest.Stock) {
					s := newShop(n)
					s.reach = tt.list.Changed.Reach
					srv := httptest.NewServer(s)
					t.Cleanup(srv.Close)
					return opened(t, contractOptions(srv.URL, tt.list, &log)), behind{s}
				},
				Reader: func() adaptertest.Rows { return newSees() },
				Query:  theRows,
				Gone:   func(r adaptertest.Rows) int { return len(r.(*sees).gone) },
				TooOld: tt.tooOld, Logged: log.String, Secrets: secrets,
			})
		})
	}
}
