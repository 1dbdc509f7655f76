package jobs

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"brygga/adapters/adaptertest"
)

// faultTownship is a small municipality whose record system, and whose care home, are reached
// over a cable and through something that answers in their place.
type faultTownship struct {
	*moveBed
	record, care faultWay
}

// faultWay is the way to one server.
type faultWay struct {
	*cable
	front *adaptertest.Server
	hit   atomic.Int64
}

func newFaultTownship(t *testing.T) *faultTownship {
	t.Helper()
	b := &faultTownship{moveBed: newMoveTown(t)}
	home := b.lines[strings.Index(b.lines, "http://"):]
	home = home[:strings.Index(home, ",")]
	b.record.front, b.care.front = adaptertest.NewServer(t, b.server), adaptertest.NewServer(t, b.home)
	b.record.cable, b.care.cable = newCable(t, b.record.front.URL+"/fhir"), newCable(t, b.care.front.URL+"/fhir")
	b.lines = strings.Replace(b.lines, "url: "+home, "timeout: 1s, url: "+b.care.url, 1)
	b.url = b.record.url
	b.configure("systems:\n  journal: {kind: fhir, url: " + b.url + ", timeout: 1s, page_size: 50, receives: [flags, tasks]}\n" + b.lines + townSettings)
	return b
}

// breaks lets the first n requests at a place go wrong; n < 0 is all.
func (w *faultWay) breaks(f foreignFault, where place, n int) {
	w.hit.Store(0)
	if f.answer == nil {
		w.cable.breaks(f.trouble, where, n)
		return
	}
	w.front.Fail(f.answer, func(_ int, r *http.Request) bool {
		if !where(r.Method, r.URL.Path) {
			return false
		}
		k := w.hit.Add(1)
		return n < 0 || k <= int64(n)
	})
}

// mended ends the fault, and says how many requests it hit.
func (w *faultWay) mended() int {
	w.front.Fail(nil, nil)
	return int(w.hit.Load()) + w.cable.mended()
}

func at(part string) place {
	return func(_, path string) bool { return strings.Contains(path, part) }
}

func writes(method, path string) bool {
	return (method == http.MethodPost || method == http.MethodPut) && !strings.Contains(path, "_search")
}

func posts(typ string) place {
	return func(method, path string) bool { return writes(method, path) && strings.HasSuffix(path, "/"+typ) }
}
