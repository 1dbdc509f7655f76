package carehome

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"brygga/adapters"
	"brygga/adapters/adaptertest"
	"brygga/adapters/wire"
)

// realURL is a FHIR R4 server for tests, into which this writes. Nothing below may
// know which one it is.
func realURL(t *testing.T) string {
	url := os.Getenv("BRYGGA_TEST_FHIR_URL")
	if url == "" {
		t.Skip("set BRYGGA_TEST_FHIR_URL to the base of a FHIR R4 server for tests; this writes Bundles and Tasks there")
	}
	return url
}

func realHome(t *testing.T, url string) *FHIR {
	o := quick(url)
	o.Auth, o.Timeout = wire.Auth{}, 0
	if token := os.Getenv("BRYGGA_TEST_FHIR_TOKEN"); token != "" {
		o.Auth = wire.Auth{Kind: wire.AuthBearer, Token: token}
	}
	return opened(t, o)
}

// fresh is a handover that no server has seen.
func fresh() adapters.Delivery {
	d := delivery(1)
	id := uuid.NewString()
	return adapters.Delivery{ID: id, Page: d.Page, Document: []byte(strings.ReplaceAll(string(d.Document), d.ID, id))}
}

// call speaks to the server as the care home's own system does.
func call(t *testing.T, method, url string, body any, header ...string) (int, map[string]any) {
	t.Helper()
	var send io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		check(t, err)
		send = strings.NewReader(string(b))
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, send)
	check(t, err)
	req.Header.Set("Content-Type", fhirJSON)
	if token := os.Getenv("BRYGGA_TEST_FHIR_TOKEN"); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	check(t, err)
	defer resp.Body.Close()
	var v map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&v)
	return resp.StatusCode, v
}

func TestARealServerIsChecked(t *testing.T) {
	for _, r := range realHome(t, realURL(t)).Check(t.Context()) {
		t.Logf("%-4s %s: %s; %s", r.Verdict, r.What, r.Seen, r.Do)
		if r.Verdict == adapters.Fail {
			t.Errorf("%s failed", r.What)
		}
	}
}

func TestAHandoverAtARealServer(t *testing.T) {
	url := realURL(t)
	d, ctx := fresh(), context.Background()
	var first adapters.Receipt
	var wg sync.WaitGroup
	receipts, errs := make([]adapters.Receipt, 4), make([]error, 4)
	for i := range receipts {
		f := realHome(t, url)
		wg.Go(func() {
			if receipts[i], errs[i] = f.Deliver(ctx, d, ""); errs[i] == nil {
				receipts[i], errs[i] = f.Announce(ctx, d.ID, receipts[i], taskOf(d.ID, receipts[i]))
			}
		})
	}
	wg.Wait()
	first = receipts[0]
	for i := range receipts {
		if errs[i] != nil || receipts[i] != first {
			t.Fatalf("%+v and %+v, %v", first, receipts[i], errs[i])
		}
	}
	for path, typ := range map[string]string{"Bundle?identifier=urn:ietf:rfc:3986|urn:uuid:" + d.ID: "Bundle", "Task?identifier=" + TaskSystem + "|" + d.ID: "Task"} {
		if _, found := call(t, "GET", url+"/"+path, nil); found["entry"] == nil || len(found["entry"].([]any)) != 1 {
			t.Errorf("of type %s there stand %v", typ, found["total"])
		}
	}
	var sent map[string]any
	check(t, json.Unmarshal(d.Document, &sent))
	_, stands := call(t, "GET", url+"/"+first.Document, nil)
	if fmt.Sprint(stands["entry"]) != fmt.Sprint(sent["entry"]) {
		t.Error("the document is not what was sent")
	}

	f := realHome(t, url)
	if reply, err := f.Reply(ctx, first); err != nil || reply.Status != "requested" || reply.At.IsZero() {
		t.Errorf("%+v, %v", reply, err)
	}
	_, task := call(t, "GET", url+"/"+first.Task, nil)
	task["status"], task["owner"] = "on-hold", map[string]any{"display": "Natt"}
	task["statusReason"] = map[string]any{"text": "väntar på rum"}
	if status, _ := call(t, "PUT", url+"/"+first.Task, task); status != 200 {
		t.Fatalf("staff's change is answered %d", status)
	}
	if reply, err := f.Reply(ctx, first); err != nil || reply.Status != "on-hold" || reply.Reason != "väntar på rum" {
		t.Errorf("%+v, %v", reply, err)
	}
	for range 2 {
		check(t, f.Cancel(ctx, first, "samtycket är återkallat"))
	}
	_, task = call(t, "GET", url+"/"+first.Task, nil)
	if task["status"] != "cancelled" || fmt.Sprint(task["owner"]) != "map[display:Natt]" || !strings.Contains(fmt.Sprint(task["note"]), "väntar på rum") {
		t.Errorf("the Task is %v", task)
	}
	if reply, err := f.Reply(ctx, adapters.Receipt{Task: "Task/" + uuid.NewString()}); err != nil || reply.Status != "" {
		t.Errorf("of a Task that is not there: %+v, %v", reply, err)
	}
}

// forward is a proxy before the real server that loses what a fault says.
func forward(t *testing.T, url string) http.Handler {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, url+r.URL.RequestURI(), r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		req.Header, req.ContentLength = r.Header.Clone(), r.ContentLength
		req.Header.Del("Accept-Encoding")
		resp, err := client.Do(req)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		for k, v := range resp.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
}

func TestLostAnswersOfARealServer(t *testing.T) {
	url := realURL(t)
	// A real server answers as fast as it can: only an answer that is late on purpose may be.
	const patience = 5 * time.Second
	for name, fault := range map[string]adaptertest.Fault{"after the work": adaptertest.Dropped, "before it": adaptertest.Status(503), "too late": adaptertest.Late(2 * patience)} {
		for nth := 1; nth <= 5; nth++ {
			s := adaptertest.NewServer(t, forward(t, url))
			s.Fail(fault, adaptertest.Once(nth))
			d, ctx := fresh(), context.Background()
			o := quick(s.URL)
			o.Auth, o.Timeout = realHome(t, url).opts.Auth, patience
			r, err := opened(t, o).Deliver(ctx, d, "")
			if err == nil {
				_, err = opened(t, o).Announce(ctx, d.ID, r, taskOf(d.ID, r))
			}
			if err != nil {
				t.Errorf("an answer lost %s at request %d: %v", name, nth, err)
				continue
			}
			for _, path := range []string{"Bundle?identifier=urn:ietf:rfc:3986|urn:uuid:" + d.ID, "Task?identifier=" + TaskSystem + "|" + d.ID} {
				if _, found := call(t, "GET", url+"/"+path, nil); found["entry"] == nil || len(found["entry"].([]any)) != 1 {
					t.Errorf("an answer lost %s at request %d: there stand %v", name, nth, found["total"])
				}
			}
		}
	}
}
