package config

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// The schemes of a PostgreSQL address.
const (
	postgresScheme   = "postgres"
	postgresqlScheme = "postgresql"

	sqlitePrefix = "sqlite:"

	postgresExample = "postgres://brygga@db.example.se/brygga?sslmode=verify-full"
)

// StorePath is the database file of a store that is one: absolute, or relative to
// the working directory. It is empty where the store is PostgreSQL.
func (c *Config) StorePath() string {
	path, isFile := strings.CutPrefix(c.Store, sqlitePrefix)
	if !isFile {
		return ""
	}
	return beside(c.Path, path)
}

// StoreDSN is where the store is, with its password where it has one: sqlite:PATH,
// with the path as that of StorePath, or a PostgreSQL address. A secret is fetched
// anew by each call. It is for opening the store, and never for showing: StoreShown is.
func (c *Config) StoreDSN(ctx context.Context) (string, error) {
	switch {
	case strings.HasPrefix(c.Store, sqlitePrefix):
		return sqlitePrefix + c.StorePath(), nil
	case !c.storeSecret.Set():
		return c.Store, nil
	}
	dsn, err := c.storeSecret.Value(ctx)
	if err != nil {
		return "", err
	}
	if _, what, do := parsePostgres(dsn); what != "" {
		return "", errors.New(c.storeSecret.String() + " " + what + "; " + do)
	}
	return dsn, nil
}

// StoreShown is the store for people: the file, the reference to the secret, or the
// address without its settings.
func (c *Config) StoreShown() string {
	if path := c.StorePath(); path != "" {
		return path
	}
	shown, _, _ := strings.Cut(c.Store, "?")
	return shown
}

func checkStore(r *reader, value string) (what, do string) {
	const example = "write sqlite:PATH, such as sqlite:brygga.db"
	path, isSQLite := strings.CutPrefix(value, sqlitePrefix)
	switch {
	case strings.HasPrefix(value, envPrefix), strings.HasPrefix(value, filePrefix):
		return r.checkStoreSecret(value)
	case isPostgres(value):
		a, what, do := parsePostgres(value)
		if what == "" && a.secret {
			return "holds a password in clear", "put the whole address into an environment variable or a file of its own, write env:NAME or file:PATH here, and replace the password: it may have been copied with this file"
		}
		return what, do
	case !isSQLite:
		return "is not a store", example + ", or " + postgresExample
	case path == "":
		return "names no file", example
	case path == ":memory:":
		return "would not survive the end of the program", example
	case strings.ContainsAny(path, "?#%\x00\r\n"):
		return "is more than a path", "write sqlite:PATH without options"
	case strings.HasSuffix(path, "/"):
		return "is a folder", "write the name of a file in it"
	}
	return "", ""
}

// checkStoreSecret sees that a reference is one and, where the environment was handed
// over, that it holds an address.
func (r *reader) checkStoreSecret(ref string) (what, do string) {
	s, err := NewSecret(ref, r.file, r.env)
	value := ""
	if err == nil && r.env != nil {
		value, err = s.fetch()
	}
	var e *secretError
	switch {
	case errors.As(err, &e):
		if strings.HasPrefix(ref, filePrefix) && strings.Contains(e.what, "does not exist") {
			return e.what, e.do + "; a database file is written sqlite:PATH"
		}
		return e.what, e.do
	case err != nil:
		return err.Error(), ""
	case r.env == nil:
		return "", ""
	}
	if _, what, do := parsePostgres(value); what != "" {
		return "the address in " + ref + " " + what, do
	}
	return "", ""
}

// checkStoreWay keeps the reference, and warns where nothing says that the way to the
// database is protected.
func (r *reader) checkStoreWay(c *Config) {
	value := c.Store
	if s, err := NewSecret(c.Store, r.file, r.env); err == nil {
		c.storeSecret = s
		if r.env == nil {
			return
		}
		value, _ = s.fetch() // its own problem, reported when it was read
	}
	a, what, _ := parsePostgres(value)
	if isPostgres(value) && what == "" && a.unsure {
		r.warn(r.values["store"], "store", "does not say that the way to the database is protected: the driver goes on without where the server offers nothing", "write sslmode=verify-full, with sslrootcert=PATH for an authority of your own")
	}
}

func isPostgres(value string) bool {
	return strings.HasPrefix(value, postgresScheme+"://") || strings.HasPrefix(value, postgresqlScheme+"://")
}

// postgres is what has to be known of a PostgreSQL address.
type postgres struct {
	secret bool // it holds a password
	unsure bool // the way to another machine may be unprotected
}

// parsePostgres reads a PostgreSQL address. What it says never holds any of it.
func parsePostgres(value string) (a postgres, what, do string) {
	const example = "write it such as " + postgresExample
	u, err := url.Parse(value)
	// An @ behind the host is the end of a password that holds a slash or a question
	// mark: its beginning is then taken for a port.
	if err != nil || !isPostgres(value) || strings.Contains(u.EscapedPath()+u.RawQuery, "@") || u.Fragment != "" || strings.HasSuffix(value, "#") || strings.ContainsFunc(value, unicode.IsSpace) {
		return a, "is not the address of a PostgreSQL database", example
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return a, "has settings that cannot be read", example
	}
	if strings.Trim(u.Path, "/") == "" && query.Get("dbname") == "" && query.Get("database") == "" {
		return a, "names no database", example
	}
	_, inUser := u.User.Password()
	a.secret = inUser || query.Has("password") || query.Has("sslpassword")
	away := false
	for host := range strings.SplitSeq(cmp.Or(query.Get("host"), u.Host)+","+query.Get("hostaddr"), ",") {
		host = cmp.Or((&url.URL{Host: host}).Hostname(), host)
		away = away || host != "" && !strings.HasPrefix(host, "/") && !loopback(host)
	}
	if !away {
		return a, "", ""
	}
	switch mode := query.Get("sslmode"); mode {
	case "verify-full", "verify-ca", "require":
	case "", "prefer":
		a.unsure = true
	case "disable", "allow":
		return a, "has sslmode=" + mode + " to another machine, where the password and what is stored would go unprotected", "write sslmode=verify-full, with sslrootcert=PATH for an authority of your own"
	default:
		return a, "has an sslmode that there is not", "write sslmode=verify-full"
	}
	return a, "", ""
}
