package fhir

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
)

// certificate is a self-signed certificate and its key in PEM.
func certificate(t *testing.T, until time.Time, names ...string) (cert, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: until.Add(-1000 * time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	b, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: b})
}

func startTLS(t *testing.T, cert, key []byte, change func(*tls.Config)) *httptest.Server {
	t.Helper()
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(newMemory(50).fill(3))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	if change != nil {
		change(srv.TLS)
	}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

func TestTLS(t *testing.T) {
	far := time.Now().Add(24 * time.Hour)
	cert, key := certificate(t, far, "127.0.0.1")
	otherName, otherKey := certificate(t, far, "fhir.example")
	expired, expiredKey := certificate(t, time.Now().Add(-time.Hour), "127.0.0.1")
	ours, oursKey := certificate(t, far, "brygga")
	srv := startTLS(t, cert, key, nil)
	wrongName := startTLS(t, otherName, otherKey, nil)
	old := startTLS(t, expired, expiredKey, nil)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ours)
	mutual := startTLS(t, cert, key, func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, pool })
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		url  string
		tls  TLS
		what string // of the fault; empty is a complete pull
		do   string
	}{
		{"an authority of our own, as bytes", srv.URL, TLS{CA: cert}, "", ""},
		{"an authority of our own, as a file", srv.URL, TLS{CAFile: file}, "", ""},
		{"a self-signed certificate", srv.URL, TLS{}, "nobody we trust", "tls.ca"},
		{"a certificate for another name", wrongName.URL, TLS{CA: otherName}, "is not for 127.0.0.1", "url"},
		{"a certificate that has expired", old.URL, TLS{CA: expired}, "has expired", "renewed"},
		{"mutual TLS with our certificate", mutual.URL, TLS{CA: cert, ClientCert: ours, ClientKey: oursKey}, "", ""},
		{"mutual TLS without one", mutual.URL, TLS{CA: cert}, "refused the TLS connection", "tls.client_cert"},
		{"http where https is spoken", "https" + strings.TrimPrefix(httptestPlain(t), "http"), TLS{}, "speaks http, not https", "port"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := quick(tt.url)
			o.TLS = tt.tls
			waited := 0
			o.Sleep = func(context.Context, time.Duration) error { waited++; return nil }
			got, _ := pull(opened(t, o), encounters)
			if tt.what == "" {
				if !got.Complete {
					t.Error(got.Fault)
				}
				return
			}
			if got.Complete || got.Fault.Class != adapters.Fatal || !strings.Contains(got.Fault.What, tt.what) || !strings.Contains(got.Fault.Do, tt.do) {
				t.Errorf("class %d: %v", got.Fault.Class, got.Fault)
			}
			if waited != 0 {
				t.Errorf("tried again %d times, although nothing could change", waited)
			}
		})
	}
}

func httptestPlain(t *testing.T) string {
	srv := httptest.NewServer(newMemory(50))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestProxy(t *testing.T) {
	var through int
	target := httptest.NewServer(newMemory(50).fill(3))
	defer target.Close()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		through++
		if r.URL.Host == "" {
			t.Error("not asked as a proxy")
		}
		r.RequestURI = ""
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			w.WriteHeader(502)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	defer proxy.Close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	o := quick(target.URL)
	o.Proxy = proxy.URL
	if got, _ := pull(opened(t, o), encounters); !got.Complete || through != 1 {
		t.Errorf("%v, %d through the proxy", got.Fault, through)
	}
	t.Run("a proxy that is down is named, without its password", func(t *testing.T) {
		o := quick("https://fhir.invalid/r4")
		o.Proxy = "http://user:hemlig@127.0.0.1:1"
		got, _ := pull(opened(t, o), encounters)
		if got.Complete || !strings.Contains(got.Fault.What, "the proxy cannot be reached") || strings.Contains(fmt.Sprint(got.Fault, got.Fault.Err), "hemlig") {
			t.Errorf("%v", got.Fault)
		}
	})
}

func TestExplain(t *testing.T) {
	s := opened(t, quick("https://fhir.example.se/r4"))
	long := strings.Repeat("x", 10)
	for _, tt := range []struct {
		name  string
		err   error
		class adapters.Class
		what  string
	}{
		{"no such host", &net.OpError{Op: "dial", Err: &net.DNSError{Name: "fhir.example.se", IsNotFound: true}}, adapters.Fatal, "there is no host fhir.example.se"},
		{"a name server that does not answer", &net.DNSError{Name: "fhir.example.se", IsTemporary: true}, adapters.Retry, "the host's name could not be looked up"},
		{"a timeout of the attempt", fmt.Errorf("%s: %w", long, context.DeadlineExceeded), adapters.Retry, "no whole answer within 5s"},
		{"a broken pipe", io.ErrUnexpectedEOF, adapters.Retry, "the connection broke"},
		{"a stop", context.Canceled, adapters.Retry, "was stopped before an answer came"},
		{"a certificate that is wrong in another way", x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}, adapters.Fatal, "the certificate of fhir.example.se cannot be trusted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := s.wire.NetworkError(request{Kind: "visit", Page: 3}, &url.Error{Op: "Get", URL: "https://fhir.example.se/r4/Patient?identifier=195009072553", Err: tt.err})
			if e.Class != tt.class || e.What != tt.what || e.Kind != "visit" || e.Page != 3 {
				t.Errorf("class %d: %v", e.Class, e)
			}
			if text := fmt.Sprintf("%v %+v", e, e.Err); strings.Contains(text, "195009072553") || strings.Contains(text, "identifier") {
				t.Errorf("the error tells the query: %s", text)
			}
		})
	}
}

func TestRefusalAdvice(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		want   string
		class  adapters.Class
	}{
		{400, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported","diagnostics":"no class for Anna"}]}`, "journal, visit, page 1: answered 400 Bad Request (not-supported, class)", adapters.Rejected},
		{404, "", "journal, visit, page 1: answered 404 Not Found; check url of this system, and that the server has this type", adapters.Rejected},
		{404, "<html>", "journal, visit, page 1: answered 404 Not Found with a web page (text/html), not FHIR; check url of this system: it must be the FHIR base", adapters.Protocol},
		{407, "", "journal, visit, page 1: answered 407 Proxy Authentication Required; put the user and password of the proxy in proxy of this system", adapters.Credentials},
		{501, "", "journal, visit, page 1: answered 501 Not Implemented", adapters.Rejected},
		{500, "", "journal, visit, page 1: answered 500 Internal Server Error; see the server's log", adapters.Retry},
		{503, "", "journal, visit, page 1: answered 503 Service Unavailable; run later, or lower connections of this system", adapters.Wait},
		{599, "", "journal, visit, page 1: answered 599; see the server's log", adapters.Retry},
	} {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/fhir+json")
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}))
			o, _ := pull(s, adapters.Query{Kind: "visit", Type: "Encounter", Params: url.Values{"class": {"HH"}}})
			if o.Fault == nil || o.Fault.Error() != tt.want || o.Fault.Class != tt.class || o.Fault.Status != tt.status {
				t.Errorf("class %d: %v", o.Fault.Class, o.Fault)
			}
		})
	}
}

// TestNothingPersonalIsTold goes through ways to fail with secrets and a person's
// number everywhere that they may stand, and reads every error and every log line.
func TestNothingPersonalIsTold(t *testing.T) {
	leak := `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","diagnostics":"195009072553 Anna Andersson hemlig",
		"expression":["Patient.where(identifier='195009072553')","Bundle.entry[0]"],"details":{"text":"195009072553"}}]}`
	for name, h := range map[string]http.HandlerFunc{
		"400":          func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400); fmt.Fprint(w, leak) },
		"401":          func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401); fmt.Fprint(w, leak) },
		"422":          func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(422); fmt.Fprint(w, leak) },
		"500":          func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); fmt.Fprint(w, leak) },
		"200":          func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, leak) },
		"a bad header": func(w http.ResponseWriter, r *http.Request) { hijack(w, "HTTP/1.1 200 OK\r\nX 195009072553\r\n\r\n") },
		"a bad status": func(w http.ResponseWriter, r *http.Request) {
			hijack(w, "HTTP/1.1 hemlig 195009072553 "+r.URL.String()+"\r\n\r\n")
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://195009072553.example/?hemlig", http.StatusFound)
		},
		"a redirect that is none": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://[195009072553")
			w.WriteHeader(302)
		},
		"a chunk": func(w http.ResponseWriter, r *http.Request) {
			hijack(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n195009072553 hemlig\r\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			var lines bytes.Buffer
			s := serve(t, h, func(o *Options) {
				o.Logger = zerolog.New(zerolog.SyncWriter(&lines)).Level(zerolog.TraceLevel)
				o.Auth = Auth{Kind: AuthBearer, Token: "hemlig"}
			})
			ctx := context.Background()
			q := adapters.Query{Kind: "visit", Type: "Encounter", Params: url.Values{"subject.identifier": {"195009072553"}, "name": {"Andersson"}}}
			var said strings.Builder
			o, _ := pull(s, q)
			fmt.Fprintf(&said, "%v %+v\n", o.Fault, o.Fault.Err)
			_, err := s.Any(ctx, q)
			fmt.Fprintf(&said, "%v\n", err)
			_, err = s.Read(ctx, "Patient/195009072553")
			fmt.Fprintf(&said, "%v\n", err)
			for _, a := range s.Apply(ctx, []adapters.Write{creation(1), {Op: adapters.Update, Type: "Task", ID: "195009072553", Version: "1", Body: testTask(1, "", "Andersson")}}) {
				fmt.Fprintf(&said, "%+v %v\n", a, a.Err)
			}
			for _, r := range s.Check(ctx, true, CheckProbe{Types: []string{"Patient"}, Writes: []string{"Task"}, Tag: testTag, IdentifierSystem: testSystem}) {
				fmt.Fprintf(&said, "%+v\n", r)
			}
			said.WriteString(lines.String())
			for _, secret := range []string{"195009072553", "Andersson", "hemlig", "identifier="} {
				if strings.Contains(said.String(), secret) {
					t.Errorf("%q is told:\n%s", secret, said.String())
				}
			}
			if lines.Len() == 0 {
				t.Error("nothing was logged, so that nothing was tested")
			}
		})
	}
}

func hijack(w http.ResponseWriter, raw string) {
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = buf.WriteString(raw)
	_ = buf.Flush()
	conn.Close()
}

// A system that is down is asked in vain once or twice, not once per kind.
func TestASystemThatIsDownIsNotAskedForEveryKind(t *testing.T) {
	var n atomic.Int32
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}), func(o *Options) { o.Retries = 4 })
	var last adapters.Outcome
	for _, kind := range []string{"client", "unit", "staff", "plan", "visit"} {
		last, _ = pull(s, adapters.Query{Kind: kind, Type: "Encounter"})
		if last.Complete || last.Fault.Kind != kind {
			t.Errorf("%s: %v", kind, last.Fault)
		}
	}
	if n.Load() != 10 || !strings.Contains(last.Fault.What, "answered 503 Service Unavailable, and was not asked again: every attempt since 2026-11-21 12:00:00 UTC has failed") {
		t.Errorf("%d requests, %v", n.Load(), last.Fault)
	}
}
