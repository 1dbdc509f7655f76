package sandbox

import (
	"container/list"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// listing is the whole answer to a search or history, of which pages are shown. It
// is a snapshot: it holds the versions that stood when it was asked.
type listing struct {
	typ      string
	bundle   string // searchset, history
	versions []*version
	at       int64 // the server's time when it was asked
	total    int
	noTotal  bool
	count    int // rows on a page
	self     string
	includes []*param
	elements []string
}

// Listings are kept until so many newer ones, or so many rows of newer ones, were asked for.
const (
	maxListings    = 8192
	maxListingRows = 16 << 20
)

// cursors are the listings that have further pages, least used first.
type cursors struct {
	mu   sync.Mutex
	byID map[string]*list.Element
	used list.List
	rows int
	rnd  *rand.Rand
}

type kept struct {
	id string
	l  *listing
}

// keep stores a listing and gives the token that leads to it.
func (c *cursors) keep(l *listing, seed uint64) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.byID = map[string]*list.Element{}
		c.rnd = rand.New(rand.NewPCG(seed, 0xc0450125))
	}
	id := fmt.Sprintf("%016x", c.rnd.Uint64())
	c.byID[id] = c.used.PushBack(kept{id, l})
	c.rows += len(l.versions)
	for c.used.Len() > 1 && (c.used.Len() > maxListings || c.rows > maxListingRows) {
		old := c.used.Remove(c.used.Front()).(kept)
		delete(c.byID, old.id)
		c.rows -= len(old.l.versions)
	}
	return id
}

func (c *cursors) get(id string) *listing {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byID[id]
	if e == nil {
		return nil
	}
	c.used.MoveToBack(e)
	return e.Value.(kept).l
}

// first gives a listing's first page, and keeps it if there are more.
func (s *Server) first(l *listing, c *call) *bundle {
	id := ""
	if l.count > 0 && len(l.versions) > l.count {
		id = s.cursors.keep(l, s.opt.Seed)
	}
	return s.page(l, id, 0, c)
}

// next gives the page that a next link leads to.
func (s *Server) next(token string, c *call) (*bundle, *refusal) {
	id, from, _ := strings.Cut(token, ".")
	offset, err := strconv.Atoi(from)
	l := s.cursors.get(id)
	if err != nil || l == nil || offset <= 0 || offset >= len(l.versions) || offset%l.count != 0 {
		return nil, refuse(http.StatusGone, "not-found", "this page is no longer kept: start the search again")
	}
	return s.page(l, id, offset, c), nil
}

// page makes the Bundle of the rows from an offset on. The caller holds a lock.
func (s *Server) page(l *listing, id string, offset int, c *call) *bundle {
	b := &bundle{typ: l.bundle, at: l.at, total: l.total}
	if l.noTotal {
		b.total = -1
	}
	to := min(offset+l.count, len(l.versions))
	self := l.self
	if offset > 0 {
		self = c.base + "?_page=" + id + "." + strconv.Itoa(offset)
	}
	b.link("self", self)
	if id != "" && to < len(l.versions) {
		b.link("next", c.base+"?_page="+id+"."+strconv.Itoa(to))
	}
	shown := map[*row]bool{}
	for _, v := range l.versions[offset:to] {
		shown[v.row] = true
		if l.bundle == "history" {
			b.entries = append(b.entries, historyEntry(l.typ, v, c.base))
			continue
		}
		raw := v.raw
		if c.stale() && v.prev != nil && !v.prev.deleted() {
			raw = v.prev.raw
		}
		if l.elements != nil {
			raw = subset(raw, l.elements)
		}
		b.entries = append(b.entries, entry{url: c.base + "/" + l.typ + "/" + v.row.id, raw: raw, mode: "match"})
	}
	if len(l.includes) > 0 {
		s.include(b, l, l.versions[offset:to], shown, c)
	}
	return b
}

// include adds the resources that a page's matches refer to, once each.
func (s *Server) include(b *bundle, l *listing, page []*version, shown map[*row]bool, c *call) {
	for _, v := range page {
		for _, val := range v.vals {
			for _, p := range l.includes {
				if val.param != p.n || val.form != plain {
					continue
				}
				typ, id, _ := strings.Cut(val.code, "/")
				if t := s.kindOf(typ).live(id); t != nil && !shown[t.row] {
					shown[t.row] = true
					b.entries = append(b.entries, entry{url: c.base + "/" + val.code, raw: t.raw, mode: "include"})
				}
			}
		}
	}
}

// shifting is the page of a search over live data, with the offset in its links.
func (s *Server) shifting(l *listing, q *search, c *call) *bundle {
	all := l.versions
	from := min(q.offset, len(all))
	l.versions = all[from:min(from+l.count, len(all))]
	b := s.page(l, "", 0, c)
	if l.count > 0 && from+l.count < len(all) {
		again := url.Values{}
		for k, v := range q.used {
			again[k] = v
		}
		again.Set("_offset", strconv.Itoa(from+l.count))
		b.link("next", c.base+"/"+l.typ+"?"+again.Encode())
	}
	return b
}

// subset leaves only the named elements, and says so by a tag.
func subset(raw string, elements []string) string {
	d := reparse(raw)
	out := `{"resourceType":` + d.get("resourceType").raw + `,"id":` + d.get("id").raw + `,"meta":{`
	meta := d.get("meta")
	tag := `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}`
	for i, key := range meta.keys {
		if key != "tag" {
			out += quote(key) + ":" + meta.vals[i].raw + ","
		}
	}
	for _, t := range meta.get("tag").vals {
		tag = t.raw + "," + tag
	}
	out += `"tag":[` + tag + `]}`
	for i, key := range d.keys {
		if i > 2 {
			for _, e := range elements {
				if e == key {
					out += "," + quote(key) + ":" + d.vals[i].raw
				}
			}
		}
	}
	return out + "}"
}
