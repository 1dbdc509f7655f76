package wire

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"brygga/adapters"
)

// Fault is an error of this system.
func (c *Client) Fault(r Request, class adapters.Class, status int, what, do string) *adapters.Error {
	return &adapters.Error{Class: class, System: c.opts.Name, Kind: r.Kind, Page: r.Page, Status: status, What: what, Do: do}
}

// NetworkError says what kept an answer from coming. Of the error that net/http
// gives, only what lies within *url.Error is kept: around it stands the address
// with its query.
func (c *Client) NetworkError(r Request, err error) *adapters.Error {
	var inner *url.Error
	for errors.As(err, &inner) {
		err = inner.Err
	}
	e := c.Fault(r, adapters.Retry, 0, "", "")
	e.Err = err
	if !safeText(err) {
		e.Err = nil
	}
	e.Class, e.What, e.Do = c.explain(err)
	var open *openError
	if errors.As(err, &open) {
		e.Status = open.status
		if e.Class == adapters.Wait {
			e.After = open.wait
		}
	}
	return e
}

// safeText lets through only errors whose text is known to hold no address: the
// rest may quote what a server or a proxy sent.
func safeText(err error) bool {
	var (
		op   *net.OpError
		open *openError
	)
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, ErrTooBig) || errors.Is(err, ErrTruncated) || untrusted(err) || errors.As(err, &op) || errors.As(err, &open)
}

func (c *Client) explain(err error) (class adapters.Class, what, do string) {
	host := c.base.Host
	var (
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		op      *net.OpError
		timeout interface{ Timeout() bool }
		open    *openError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return adapters.Retry, "was stopped before an answer came", ""
	case errors.As(err, &open):
		what, do = fmt.Sprintf("answered %d %s", open.status, http.StatusText(open.status)), "see the server's log; the next run asks again"
		if open.last != nil {
			_, what, do = c.explain(open.last)
		}
		return open.class(), open.what(what), do
	case errors.Is(err, ErrTooBig):
		return adapters.Protocol, fmt.Sprintf("answered with more than %s", size(c.opts.MaxBytes)),
			c.opts.Words.Smaller
	case errors.Is(err, ErrTruncated):
		return adapters.Protocol, "the answer is truncated, also when asked for again",
			"see the server's log, and any proxy on the way, for why it breaks off"
	case errors.As(err, &unknown):
		return adapters.Fatal, "the certificate of " + host + " is signed by nobody we trust; it may be self-signed",
			"put the authority's certificate in tls.ca of this system"
	case errors.As(err, &name):
		return adapters.Fatal, "the certificate is not for " + host, "use the name in the certificate in url of this system"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return adapters.Fatal, "the certificate of " + host + " has expired or is not valid yet",
			"have it renewed, and check this machine's clock"
	case strings.Contains(err.Error(), "remote error: tls:"):
		return adapters.Fatal, "the server refused the TLS connection", "set tls.client_cert and tls.client_key of this system, if it wants a client certificate"
	case untrusted(err):
		return adapters.Fatal, "the certificate of " + host + " cannot be trusted", "check tls.ca of this system"
	case notTLS(err):
		return adapters.Fatal, host + " speaks http, not https", "check the port in url of this system"
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return adapters.Retry, "the proxy cannot be reached", "check proxy of this system, and that the proxy is up"
	case errors.As(err, &dns) && dns.IsNotFound:
		return adapters.Fatal, "there is no host " + dns.Name, "check url of this system (and proxy), and this machine's DNS"
	case errors.As(err, &dns):
		return adapters.Retry, "the host's name could not be looked up", "check this machine's DNS"
	case errors.Is(err, syscall.ECONNREFUSED):
		return adapters.Retry, host + " refused the connection", "check that the server is up, and the port in url of this system"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return adapters.Retry, fmt.Sprintf("no whole answer within %s", c.opts.Timeout), "raise timeout of this system, or " + c.opts.Words.Smaller
	}
	return adapters.Retry, "the connection broke", "check the network between here and " + host
}

// Refusal turns an answer that is no success into an error. What an adapter
// knows better, it says itself.
func (c *Client) Refusal(r Request, a *Answer) *adapters.Error {
	what := "answered " + strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status)))
	e := c.Fault(r, adapters.Rejected, a.Status, what, "")
	page := WebPage(a)
	switch {
	case a.Status == http.StatusUnauthorized:
		e.Class, e.Do = adapters.Credentials, c.auth.advice()
	case a.Status == http.StatusForbidden:
		e.Class, e.Do = adapters.Credentials, "let this client read this at the server"
	case a.Status == http.StatusProxyAuthRequired:
		e.Class, e.Do = adapters.Credentials, "put the user and password of the proxy in proxy of this system"
	case a.Status == http.StatusTooManyRequests, a.Status == http.StatusServiceUnavailable:
		e.Class, e.After = adapters.Wait, time.Duration(a.After)*time.Second
		e.Do = "run later, or lower connections of this system"
	case a.Status >= 300 && a.Status < 400:
		e.Class, e.What = adapters.Protocol, what+": the server sends us elsewhere"
		e.Do = "put the address that it points to in url of this system"
	case a.Status >= 500 && a.Status != http.StatusNotImplemented:
		e.Class, e.Do = adapters.Retry, "see the server's log"
	case page != "":
		e.Class, e.What, e.Do = adapters.Protocol, what+" with a web page ("+page+"), not "+c.opts.Words.Format, "check url of this system: it must be "+c.opts.Words.Base
	}
	return e
}

// NotAPage says what an answer is that is nothing like what was asked for: a web
// page, nothing, or XML; nil if it may be JSON.
func (c *Client) NotAPage(r Request, a *Answer) *adapters.Error {
	e := c.Fault(r, adapters.Protocol, a.Status, "", "")
	trimmed := bytes.TrimSpace(a.Body())
	switch page := WebPage(a); {
	case page != "":
		e.What, e.Do = "answered with a web page ("+page+"), not "+c.opts.Words.Format, "check url of this system: it must be "+c.opts.Words.Base+", without a login page before it"
	case len(trimmed) == 0:
		e.What, e.Do = "answered with nothing", "check url of this system: it must be "+c.opts.Words.Base
	case trimmed[0] == '<':
		e.What, e.Do = "answered with XML, not JSON", "have the server answer "+c.opts.Accept
	default:
		return nil
	}
	return e
}

// WebPage is the media type of an answer that is a page for people, else empty.
func WebPage(a *Answer) string {
	media, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if media == "text/html" || media == "application/xhtml+xml" {
		return media
	}
	head := bytes.ToLower(bytes.TrimSpace(a.Body()[:min(len(a.Body()), 512)]))
	if bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html")) {
		return "text/html"
	}
	return ""
}

// Word lets a foreign code through to a message only if it can be nothing but a
// code: letters and hyphens, and not long.
func Word(s string) string {
	if s == "" {
		return "none"
	}
	if len(s) > 40 {
		return "unknown"
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' {
			return "unknown"
		}
	}
	return s
}

func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d kB", (n+1023)>>10)
}
