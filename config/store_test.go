package config

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTheStoreIsOpenedByItsDSNAndShownWithoutSecrets(t *testing.T) {
	for _, row := range []struct{ name, dsn, path, shown string }{
		{"the-least-that-is-needed-loads", "sqlite:DIR/brygga.db", "DIR/brygga.db", "DIR/brygga.db"},
		{"everything-that-can-be-written-loads", "sqlite:/var/lib/brygga/brygga.db", "/var/lib/brygga/brygga.db", "/var/lib/brygga/brygga.db"},
		{"a-postgres-store-loads", "postgresql://brygga@db.example.se/brygga?sslmode=verify-ca", "", "postgresql://brygga@db.example.se/brygga"},
		{"a-postgres-store-over-a-socket-loads", "postgres:///brygga?host=/var/run/postgresql", "", "postgres:///brygga"},
		{"a-postgres-store-in-a-secret-loads", "postgres://brygga:swordfish@db.example.se/brygga?sslmode=verify-full", "", "env:BRYGGA_STORE"},
	} {
		t.Run(strings.ReplaceAll(row.name, "-", " "), func(t *testing.T) {
			c := loadCase(t, row.name)
			dir := strings.TrimSuffix(c.Path, "/conf."+row.name+".yaml")
			at := func(s string) string { return strings.ReplaceAll(s, "DIR", dir) }
			dsn, err := c.StoreDSN(t.Context())
			if err != nil || dsn != at(row.dsn) {
				t.Errorf("the DSN is %q, %v", dsn, err)
			}
			if c.StorePath() != at(row.path) || c.StoreShown() != at(row.shown) {
				t.Errorf("the path is %q, and %q is shown", c.StorePath(), c.StoreShown())
			}
		})
	}
}

// A secret may have changed since the start: what it holds now is checked again, and
// no error shows it.
func TestASecretStoreIsCheckedAgainWhenItIsOpened(t *testing.T) {
	for _, row := range []struct{ name, now, refused string }{
		{"another address", "postgres://brygga:swordfish@db2.example.se/brygga?sslmode=require", ""},
		{"a file", "sqlite:brygga.db", "is not the address of a PostgreSQL database"},
		{"an address in clear to another machine", "postgres://brygga:swordfish@db.example.se/brygga?sslmode=disable", "sslmode=disable to another machine"},
		{"nothing", "", "is empty"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &Config{Path: "brygga.yaml", Store: "env:BRYGGA_STORE", storeSecret: secretIn(t, "env:BRYGGA_STORE", row.now)}
			dsn, err := c.StoreDSN(t.Context())
			if row.refused == "" {
				if err != nil || dsn != row.now {
					t.Errorf("the DSN is %q, %v", dsn, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), row.refused) || strings.Contains(err.Error(), "swordfish") || dsn != "" {
				t.Errorf("the DSN is %q, %v; want %q", dsn, err, row.refused)
			}
		})
	}
}

func TestPostgresAddresses(t *testing.T) {
	for _, row := range []struct {
		name, address  string
		refused        string
		secret, unsure bool
	}{
		{"verified", "postgres://u@db.example.se/b?sslmode=verify-full", "", false, false},
		{"with a port and an authority", "postgres://u@db.example.se:5432/b?sslmode=verify-ca&sslrootcert=/etc/ca.pem", "", false, false},
		{"this machine by name", "postgres://localhost/b", "", false, false},
		{"this machine by number", "postgres://u@[::1]:5432/b?sslmode=disable", "", false, false},
		{"a socket", "postgres://u@/b?host=/run/postgresql", "", false, false},
		{"several of this machine", "postgres://localhost:5432,127.0.0.1:5433/b", "", false, false},
		{"a database in the query", "postgres://u@localhost?dbname=b", "", false, false},
		{"a password", "postgres://u:p@localhost/b", "", true, false},
		{"an empty password", "postgres://u:@localhost/b", "", true, false},
		{"a password in the query", "postgres://u@localhost/b?password=p", "", true, false},
		{"a password of a key", "postgres://u@localhost/b?sslpassword=p", "", true, false},
		{"nothing is said", "postgres://u@db.example.se/b", "", false, true},
		{"the driver's choice", "postgres://u@db.example.se/b?sslmode=prefer", "", false, true},
		{"in clear elsewhere", "postgres://u@db.example.se/b?sslmode=disable", "unprotected", false, false},
		{"a machine called like this one", "postgres://u@localhost.example.se/b?sslmode=disable", "unprotected", false, false},
		{"one of several elsewhere", "postgres://u@localhost,db.example.se/b?sslmode=disable", "unprotected", false, false},
		{"the query's host counts", "postgres://u@localhost/b?host=db.example.se&sslmode=allow", "unprotected", false, false},
		{"the query's number counts", "postgres://u@localhost/b?hostaddr=192.0.2.1&sslmode=disable", "unprotected", false, false},
		{"a mode that there is not", "postgres://u@db.example.se/b?sslmode=yes", "sslmode that there is not", false, false},
		{"no database", "postgres://u@db.example.se/?sslmode=require", "names no database", false, false},
		{"another scheme", "mysql://u@localhost/b", "is not the address", false, false},
		{"key and value", "host=localhost dbname=b", "is not the address", false, false},
		{"a fragment", "postgres://u@localhost/b#x", "is not the address", false, false},
		{"a broken query", "postgres://u@localhost/b?sslmode=%zz", "cannot be read", false, false},
		{"a broken port", "postgres://u@localhost:port/b", "is not the address", false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, what, do := parsePostgres(row.address)
			if row.refused != "" {
				if !strings.Contains(what, row.refused) || do == "" {
					t.Errorf("it %s; %s", what, do)
				}
				return
			}
			if what != "" || a.secret != row.secret || a.unsure != row.unsure {
				t.Errorf("%+v, and it %s", a, what)
			}
		})
	}
}

// Whatever a password is, and wherever it stands in an address, it is found and shown
// by nobody.
func TestAPasswordInTheStoreIsNeverShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringMatching(`[0-9]{0,4}[/?#]?[A-Za-z0-9]{4}-swordfish-[!-~]{0,6}`).Draw(t, "password")
		form := rapid.SampledFrom([]string{
			"postgres://u:%s@db.example.se/b", "postgres://u:%s@localhost/b?sslmode=disable", "postgresql://u@db.example.se/b?password=%s",
			"postgres://u:%s@@db/b", "%s://u@h/b", "sqlite:%s?x", "%s",
		}).Draw(t, "form")
		written := strings.Replace(form, "%s", password, 1)
		what, do := checkStore(&reader{file: "brygga.yaml"}, written)
		if what == "" || strings.Contains(what+do, "swordfish") {
			t.Fatalf("%q: it %s; %s", written, what, do)
		}
	})
}
