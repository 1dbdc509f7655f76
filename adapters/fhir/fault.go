package fhir

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

func (s *System) fault(r request, class adapters.Class, status int, what, do string) *adapters.Error {
	return &adapters.Error{Class: class, System: s.opts.Name, Kind: r.kind, Page: r.page, Status: status, What: what, Do: do}
}

// networkError says what kept an answer from coming. Of the error that net/http
// gives, only what lies within *url.Error is kept: around it stands the address
// with its query.
func (s *System) networkError(r request, err error) *adapters.Error {
	var inner *url.Error
	for errors.As(err, &inner) {
		err = inner.Err
	}
	e := s.fault(r, adapters.Retry, 0, "", "")
	e.Err = err
	if !safeText(err) {
		e.Err = nil
	}
	e.Class, e.What, e.Do = s.explain(err)
	return e
}

// safeText lets through only errors whose text is known to hold no address: the
// rest may quote what a server or a proxy sent.
func safeText(err error) bool {
	var op *net.OpError
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, errTooBig) || errors.Is(err, errTruncated) || untrusted(err) || errors.As(err, &op)
}

func (s *System) explain(err error) (class adapters.Class, what, do string) {
	host := s.base.Host
	var (
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		op      *net.OpError
		timeout interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, context.Canceled):
		return adapters.Retry, "was stopped before an answer came", ""
	case errors.Is(err, errTooBig):
		return adapters.Protocol, fmt.Sprintf("answered with more than %s", size(s.opts.MaxPageBytes)),
			"lower page_size of this system"
	case errors.Is(err, errTruncated):
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
		return adapters.Retry, fmt.Sprintf("no whole answer within %s", s.opts.Timeout), "raise timeout of this system, or lower its page_size"
	}
	return adapters.Retry, "the connection broke", "check the network between here and " + host
}

// refusal turns an answer that is no success into an error. keys are the search
// parameters that were sent: the one that the server objects to is named.
func (s *System) refusal(r request, a *answer, keys ...string) *adapters.Error {
	what := "answered " + strings.TrimSpace(fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)))
	e := s.fault(r, adapters.Rejected, a.status, what, "")
	page := webPage(a)
	switch {
	case a.status == http.StatusUnauthorized:
		e.Class, e.Do = adapters.Credentials, s.auth.advice()
	case a.status == http.StatusForbidden:
		e.Class, e.Do = adapters.Credentials, "let this client read and search this type at the server (scopes or roles)"
		if r.method != http.MethodGet && !strings.HasSuffix(r.url, "/_search") {
			e.Do = "let this client write this type at the server (scopes or roles)"
		}
	case a.status == http.StatusProxyAuthRequired:
		e.Class, e.Do = adapters.Credentials, "put the user and password of the proxy in proxy of this system"
	case a.status == http.StatusTooManyRequests, a.status == http.StatusServiceUnavailable:
		e.Class, e.After = adapters.Wait, time.Duration(a.after)*time.Second
		e.Do = "run later, or lower connections of this system"
	case a.status >= 300 && a.status < 400:
		e.Class, e.What = adapters.Protocol, what+": the server sends us elsewhere"
		e.Do = "put the address that it points to in url of this system"
	case a.status >= 500 && a.status != http.StatusNotImplemented:
		e.Class, e.Do = adapters.Retry, "see the server's log"
	case page != "":
		e.Class, e.What, e.Do = adapters.Protocol, what+" with a web page ("+page+"), not FHIR", "check url of this system: it must be the FHIR base"
	case a.status == http.StatusNotFound:
		e.Do = "check url of this system, and that the server has this type"
	}
	if e.Class == adapters.Rejected {
		if codes := outcomeCodes(a.body(), keys); codes != "" {
			e.What += " (" + codes + ")"
		}
	}
	return e
}

// notFHIR says what a 200 is that is not what was asked for. body may be an
// OperationOutcome, a web page, XML, another Bundle, or anything.
func (s *System) notFHIR(r request, a *answer, err error) *adapters.Error {
	e := s.fault(r, adapters.Protocol, a.status, "", "")
	if page := webPage(a); page != "" {
		e.What, e.Do = "answered with a web page ("+page+"), not FHIR", "check url of this system: it must be the FHIR base, without a login page before it"
		return e
	}
	trimmed := bytes.TrimSpace(a.body())
	switch {
	case len(trimmed) == 0:
		e.What, e.Do = "answered with nothing", "check url of this system: it must be the FHIR base"
		return e
	case trimmed[0] == '<':
		e.What, e.Do = "answered with XML, not JSON", "have the server answer application/fhir+json"
		return e
	}
	switch k := kindOf(trimmed); {
	case k.ResourceType == "OperationOutcome":
		e.What = "answered with an OperationOutcome instead of a page"
		if codes := outcomeCodes(trimmed, nil); codes != "" {
			e.What += " (" + codes + ")"
		}
		e.Do = "see the server's log"
	case k.ResourceType == "":
		e.What, e.Do = "the answer cannot be read as FHIR", "check url of this system, and see the server's log"
	case k.ResourceType == "Bundle" && k.Type != "searchset":
		e.What, e.Do = fmt.Sprintf("answered with a Bundle of type %s instead of searchset", word(k.Type)), "see the server's log"
	case k.ResourceType != "Bundle":
		e.What, e.Do = fmt.Sprintf("answered with a resource of type %s instead of a page", word(k.ResourceType)), "check url of this system: it must be the FHIR base"
	default:
		e.What, e.Do = "the page cannot be read", "see the server's log"
		e.Err = err
	}
	return e
}

// webPage is the media type of an answer that is a page for people, else empty.
func webPage(a *answer) string {
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	if media == "text/html" || media == "application/xhtml+xml" {
		return media
	}
	head := bytes.ToLower(bytes.TrimSpace(a.body()[:min(len(a.body()), 512)]))
	if bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html")) {
		return "text/html"
	}
	return ""
}

// word lets a foreign code through to a message only if it can be nothing but a
// code: letters and hyphens, and not long.
func word(s string) string {
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
