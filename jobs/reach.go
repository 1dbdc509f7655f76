package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"brygga/adapters"
	fhiradapter "brygga/adapters/fhir"
	"brygga/adapters/files"
	"brygga/adapters/rest"
	"brygga/adapters/wire"
	"brygga/config"
	"brygga/mapping/vendor"
)

// Adapter is how a system is reached: one of the three is set.
type Adapter struct {
	FHIR  *fhiradapter.System
	REST  *rest.System
	Files *files.System
}

// Close gives back idle connections.
func (a Adapter) Close() {
	switch {
	case a.FHIR != nil:
		a.FHIR.Close()
	case a.REST != nil:
		a.REST.Close()
	case a.Files != nil:
		a.Files.Close()
	}
}

// reach makes the adapter of a system; secrets are read here, at the last moment,
// and nothing is sent yet.
func (o *Opened) reach(ctx context.Context, cfg *config.Config, s *System, d Deps) error {
	c := cfg.Systems[s.Name]
	r := &secretReader{ctx: ctx}
	watch := d.watch(s.Name)
	var a Adapter
	var err error
	switch c.Kind {
	case config.KindREST:
		opt := restOptions(c, s, r)
		opt.Logger, opt.Clock, opt.Sleep, opt.Watch = d.Log, d.Now, d.Sleep, watch
		if err = r.err(); err == nil {
			a.REST, err = rest.New(opt)
		}
		s.Source = a.REST
	case config.KindFiles:
		opt := filesOptions(c, s, r)
		opt.Logger, opt.Clock, opt.Sleep = d.Log, d.Now, d.Sleep
		if err = r.err(); err == nil {
			a.Files, err = files.New(opt)
		}
		s.Source = a.Files
	default:
		opt := fhirOptions(cfg, c, r)
		opt.Logger, opt.Clock, opt.Sleep, opt.Watch = d.Log, d.Now, d.Sleep, watch
		opt.Wrap = adapters.Pace(c.PerSecond, d.Now, wire.Waiting(d.Sleep))
		if err = r.err(); err == nil {
			a.FHIR, err = fhiradapter.New(opt)
		}
		s.Source, s.Sink = a.FHIR, a.FHIR
	}
	if err != nil {
		return fmt.Errorf("systems.%s: %w", s.Name, err)
	}
	o.Adapters[s.Name] = a
	return nil
}

// watch is who counts for a system. A new adapter has asked nothing yet: its circuit is
// closed, however the one before it ended.
func (d Deps) watch(system string) (w wire.Watch) {
	if d.Watch != nil {
		w = d.Watch(system)
	}
	if w.Circuit != nil {
		w.Circuit(false)
	}
	return w
}

// secretReader reads secrets and certificates, and notes all that cannot be read.
type secretReader struct {
	ctx  context.Context
	errs []error
}

func (r *secretReader) err() error { return errors.Join(r.errs...) }

func (r *secretReader) read(key string, s config.Secret) string {
	if !s.Set() {
		return ""
	}
	v, err := s.Value(r.ctx)
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", key, err))
	}
	return v
}

// auth is how one signs in over HTTP.
func (r *secretReader) auth(a config.Auth) wire.Auth {
	return wire.Auth{
		Kind: a.Kind, User: a.User, ClientID: a.ClientID, TokenURL: a.TokenURL, Scopes: a.Scopes,
		Token: r.read("auth.token", a.Token), Password: r.read("auth.password", a.Password),
		ClientSecret: r.read("auth.client_secret", a.ClientSecret), Key: []byte(r.read("auth.key", a.Key)),
	}
}

func (r *secretReader) tls(t config.TLS) wire.TLS {
	out := wire.TLS{CAFile: t.CA, ClientKey: []byte(r.read("tls.client_key", t.ClientKey))}
	if t.ClientCert != "" {
		cert, err := os.ReadFile(t.ClientCert)
		if err != nil {
			r.errs = append(r.errs, fmt.Errorf("tls.client_cert: %w", err))
		}
		out.ClientCert = cert
	}
	return out
}

func fhirOptions(cfg *config.Config, c config.System, r *secretReader) fhiradapter.Options {
	return fhiradapter.Options{
		Name: c.Name, URL: c.URL, Proxy: c.Proxy, PageSize: c.PageSize, Connections: c.Connections,
		Overlap: c.Overlap, Timeout: c.Timeout, TransactionSize: cfg.Writes.TransactionSize,
		Auth: r.auth(c.Auth), TLS: r.tls(c.TLS),
	}
}

// sends is the adapter's word for where a key goes.
var sends = map[string]string{config.HeaderNone: rest.SendQuery, config.HeaderAlso: rest.SendBoth, config.HeaderOnly: rest.SendHeader}

func restOptions(c config.System, s *System, r *secretReader) rest.Options {
	o := rest.Options{
		Name: c.Name, URL: c.URL, Proxy: c.Proxy, Connections: c.Connections, Overlap: c.Overlap, Timeout: c.Timeout,
		PerSecond: c.PerSecond, TLS: r.tls(c.TLS), Lists: map[string]rest.List{},
		Auth: rest.Auth{Auth: r.auth(c.Auth), Domain: r.read("auth.domain", c.Auth.Domain), Send: sends[c.Auth.Header]},
	}
	for group, secret := range c.Auth.Keys {
		if o.Auth.Keys == nil {
			o.Auth.Keys = map[string]string{}
		}
		o.Auth.Keys[group] = r.read("auth.keys."+group, secret)
	}
	for _, l := range s.Mapping.Lists(c.Settings) {
		if l.REST != nil {
			list := restList(l.REST, s.bulky(l))
			list.KeyGroup = l.Group()
			o.Lists[l.Name] = list
		}
	}
	return o
}

// restList says where a list is. A bulky one is bounded, when it is read whole, by
// when its rows were modified: a visit is not reported before it was made.
func restList(r *vendor.REST, bulky bool) rest.List {
	l := rest.List{
		Path: r.Path, Params: url.Values{}, Empty204: true,
		Paging: rest.Paging{
			Kind: r.Paging.Kind, Size: r.Paging.Size, Overlap: r.Paging.Overlap, Limit: r.Paging.Limit, Offset: r.Paging.Offset,
			Page: r.Paging.Page, First: r.Paging.First, Cursor: r.Paging.Cursor, Next: r.Paging.Next,
		},
		Changed: changed(r.Changed),
	}
	for k, v := range r.Params {
		l.Params.Set(k, v)
	}
	if bulky && r.Changed != nil {
		l.Window = r.Changed.Param
	}
	for _, f := range r.Fallbacks {
		other := l
		other.Path, other.Changed, other.Fallback = f.Path, changed(f.Changed), nil
		l.Fallback = append(l.Fallback, other)
	}
	return l
}

func changed(c *vendor.Changed) rest.Changed {
	if c == nil {
		return rest.Changed{}
	}
	return rest.Changed{Param: c.Param, Path: c.Path, Overlap: c.Overlap, Reach: c.Reach}
}

func filesOptions(c config.System, s *System, r *secretReader) files.Options {
	folder := c.Path
	if folder != "" {
		if abs, err := filepath.Abs(folder); err == nil { // it is relative to where the program was started
			folder = abs
		}
	}
	o := files.Options{Name: c.Name, Folder: folder, Timeout: c.Timeout, Lists: map[string]files.List{}}
	if u, err := url.Parse(c.URL); err == nil && u.Scheme == "sftp" {
		port, _ := strconv.Atoi(u.Port())
		o.SFTP = &files.SFTP{
			Host: u.Hostname(), Port: port, User: c.Auth.User, Password: r.read("auth.password", c.Auth.Password),
			Key: []byte(r.read("auth.key", c.Auth.Key)), KnownHosts: c.KnownHosts, Path: strings.TrimPrefix(u.Path, "/"),
		}
	}
	for _, l := range s.Mapping.Lists(c.Settings) {
		if l.Files != nil {
			o.Lists[l.Name] = filesList(l)
		}
	}
	return o
}

// FileRows reads a file of a list, or a part of one, as a night would: the JSON array
// of its rows. An error says what is wrong with the file, and shows nothing of it.
func FileRows(l vendor.List, file []byte) ([]byte, error) {
	return files.Rows(filesList(l), bytes.NewReader(file))
}

func filesList(l vendor.List) files.List {
	f := l.Files
	out := files.List{
		Glob: f.Glob, Format: f.Format, Encoding: f.Encoding, Delimiter: f.Delimiter, Quote: f.Quote, Header: f.Header, Rows: f.Rows,
		Complete: files.Complete{How: files.How(f.Complete.Kind), Quiet: f.Complete.For, Manifest: f.Complete.Name},
		Delivery: files.Delivery(f.Delivery), MaxAge: f.MaxAge,
	}
	if out.Quote == "" && f.Format == files.CSV {
		out.Quote = "none" // the mapping says so: without a word on it, it gives a quote
	}
	for _, c := range l.Columns {
		out.Columns = append(out.Columns, c.Name)
		if f.Format == files.XML {
			if out.Fields == nil {
				out.Fields = map[string]string{}
			}
			out.Fields[c.Name] = c.Name
		}
	}
	return out
}

// bulky says whether a list is one of visits or notes.
func (s *System) bulky(l vendor.List) bool {
	for _, k := range s.Mapper.Kinds() {
		if k.Type == l.Name {
			return k.Bulky
		}
	}
	return false
}
