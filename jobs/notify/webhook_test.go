package notify

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiver is a real server that answers what it is told, and keeps what it got.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies [][]byte
	got    []http.Header
}

// newReceiver answers these statuses one after the other, the last one for ever; 0
// closes the connection without an answer.
func newReceiver(t *testing.T, statuses ...int) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.bodies, r.got = append(r.bodies, body), append(r.got, req.Header)
		status := statuses[min(len(r.bodies), len(statuses))-1]
		r.mu.Unlock()
		switch {
		case status == 0:
			panic(http.ErrAbortHandler)
		case status/100 == 3:
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "secret words of the receiver")
	}))
	t.Cleanup(r.Close)
	return r
}

const secretPath = "/services/T0/hemlig"

func webhookTo(t *testing.T, url string) (*Webhook, *[]time.Duration) {
	t.Helper()
	var slept []time.Duration
	return &Webhook{
		URL:   func(context.Context) (string, error) { return url, nil },
		Sleep: func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil },
		Zone:  zone(t), Client: &http.Client{Timeout: 2 * time.Second},
	}, &slept
}

func aMessage() Message {
	_, m := Decide(Ledger{}, nightOf(1, reading("journal", "visit")), nil)
	return *m
}

func TestAWebhookIsTriedWhereThatMayHelp(t *testing.T) {
	for _, c := range []struct {
		name     string
		statuses []int
		posts    int
		err      string
	}{
		{"200 is an answer", []int{200}, 1, ""},
		{"204 is an answer", []int{204}, 1, ""},
		{"503 and then 200 is sent at the second try", []int{503, 200}, 2, ""},
		{"a connection that breaks is tried again", []int{0, 0, 202}, 3, ""},
		{"429 is tried again", []int{429, 200}, 2, ""},
		{"500 for ever is given up for this run", []int{500}, 3, "answered 500"},
		{"404 is not tried again: the address is wrong", []int{404}, 1, "answered 404"},
		{"a redirection is not followed", []int{307}, 1, "answered 307"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver(t, c.statuses...)
			w, slept := webhookTo(t, r.URL+secretPath)
			err := w.Send(t.Context(), aMessage())
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
			if err != nil && (strings.Contains(err.Error(), "hemlig") || strings.Contains(err.Error(), "secret words")) {
				t.Errorf("the error tells what it must not: %v", err)
			}
			if len(r.bodies) != c.posts || len(*slept) != c.posts-1 {
				t.Errorf("%d posts and %d pauses, want %d posts", len(r.bodies), len(*slept), c.posts)
			}
		})
	}
}

func TestWhatAWebhookGets(t *testing.T) {
	r := newReceiver(t, 200)
	w, _ := webhookTo(t, r.URL+secretPath)
	m := aMessage()
	if err := w.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(r.bodies[0], &body); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"schema": "brygga/notification/1", "state": "failing", "tenant": "exempelkommun", "job": "reconcile", "id": m.ID} {
		if body[key] != want {
			t.Errorf("%s is %v, want %v", key, body[key], want)
		}
	}
	for _, key := range []string{"run", "at", "exit", "begun", "over", "still", "unknown", "lost", "text"} {
		if _, there := body[key]; !there {
			t.Errorf("%s is missing", key)
		}
	}
	if sv, _ := body["text"].(map[string]any)["sv"].(map[string]any); sv["subject"] == "" {
		t.Error("there is no Swedish text")
	}
	if r.got[0].Get("Idempotency-Key") != m.ID || r.got[0].Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", r.got[0])
	}
}

func TestAWebhookThatCannotBe(t *testing.T) {
	closed := newReceiver(t, 200)
	gone := closed.URL
	closed.Close()
	for _, c := range []struct{ name, url, says string }{
		{"http to another machine would show the secret", "http://example.org" + secretPath, "not https"},
		{"a text that is no address", "hemlig", "no address"},
		{"an address that does not parse", "https://exa mple/hemlig\x7f", "no address"},
		{"nobody listens", gone + secretPath + "?token=hemlig", "cannot be reached"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, _ := webhookTo(t, c.url)
			err := w.Send(t.Context(), aMessage())
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hemlig") {
				t.Errorf("error %v, want one that says %q and nothing of the secret", err, c.says)
			}
		})
	}
}
