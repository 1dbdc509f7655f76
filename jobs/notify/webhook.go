package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Webhook posts messages as JSON: a Message, and its texts in both languages.
type Webhook struct {
	// URL is fetched for each message, so that one that was replaced holds at once. It
	// is a secret, and stands in no error.
	URL    func(context.Context) (string, error)
	Client *http.Client // its Timeout is for one attempt; nil gives one of ten seconds
	Sleep  func(context.Context, time.Duration) error
	Zone   *time.Location
}

// webhookBody is what is posted.
type webhookBody struct {
	Message
	Text map[string]Text `json:"text"` // sv, en
}

// Name implements Sender.
func (w *Webhook) Name() string { return "webhook" }

// attempts of one message in one run; the next run tries again.
const attempts = 3

// Send implements Sender. Any 2xx is an answer. 429, 5xx and a connection that fails
// are tried again, after one second and then four; a redirection is not followed,
// since it would take the message, and perhaps the secret, elsewhere.
func (w *Webhook) Send(ctx context.Context, m Message) error {
	address, err := w.URL(ctx)
	if err != nil {
		return fmt.Errorf("the address of notify.webhook: %w", err)
	}
	if err := checkWebhook(address); err != nil {
		return err
	}
	body, err := json.Marshal(webhookBody{m, map[string]Text{"sv": Render(m, "sv", w.Zone), "en": Render(m, "en", w.Zone)}})
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		again, err := w.post(ctx, address, m.ID, body)
		if err == nil || !again || try == attempts {
			return err
		}
		if w.Sleep(ctx, time.Duration(1<<(2*(try-1)))*time.Second) != nil {
			return err
		}
	}
}

// checkWebhook refuses an address that would carry the secret in clear.
func checkWebhook(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return errors.New("notify.webhook is no address; write the whole of it, with https://")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("notify.webhook is not https, so its secret address would be sent in clear; use https, or http only to this machine")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (w *Webhook) post(ctx context.Context, address, id string, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return false, errors.New("notify.webhook is no address; write the whole of it, with https://")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "brygga")
	req.Header.Set("Idempotency-Key", id)
	resp, err := w.client().Do(req)
	if err != nil {
		return true, fmt.Errorf("the receiver of notify.webhook cannot be reached: %w", bare(err))
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be used again
	switch s := resp.StatusCode; {
	case s/100 == 2:
		return false, nil
	case s == http.StatusTooManyRequests, s >= 500:
		return true, fmt.Errorf("the receiver of notify.webhook answered %d", s)
	default:
		return false, fmt.Errorf("the receiver of notify.webhook answered %d; check the address in notify.webhook", s)
	}
}

func (w *Webhook) client() *http.Client {
	c := http.Client{Timeout: 10 * time.Second}
	if w.Client != nil {
		c = *w.Client
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// bare takes the address off an error of net/http.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
