package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"

	driver "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // the driver

	"github.com/digcqrs/digcqrs/cqrs/outbox"
	"github.com/digcqrs/digcqrs/cqrs/outbox/mysql"
	"github.com/digcqrs/digcqrs/cqrs/outbox/postgres"
	"github.com/digcqrs/digcqrs/cqrs/outbox/sqlite"
)

// open returns the store that the flags describe. create reports whether a SQLite file that does
// not exist may be created. No error has the URL in it, which may hold a password.
func (c *config) open(ctx context.Context, create bool) (s store, closeStore func(), err error) {
	scheme, rest, found := strings.Cut(c.url, ":")
	switch {
	case c.url == "":
		return nil, nil, misuse("there is no database; pass -db URL, or set %s", environment)
	case c.schema != "" && scheme != "postgres" && scheme != "postgresql":
		return nil, nil, misuse("-schema is for PostgreSQL only; remove it, or use -prefix")
	case !found:
		return nil, nil, misuse("the URL of the database has no scheme; " +
			"begin it with sqlite:, file:, postgres:// or mysql://")
	}
	switch scheme {
	case "sqlite":
		return c.openSQLite(rest, url.Values{}, create)
	case "file":
		path, query, _ := strings.Cut(rest, "?")
		params, err := url.ParseQuery(query)
		if path, unescaped := url.PathUnescape(path); err == nil && unescaped == nil {
			return c.openSQLite(path, params, create)
		}
		return nil, nil, misuse("the DSN is not valid; write file:PATH?NAME=VALUE, or sqlite:PATH")
	case "postgres", "postgresql":
		return c.openPostgres(ctx)
	case "mysql", "mariadb":
		return c.openMySQL(ctx)
	default:
		return nil, nil, misuse("there is no store for the scheme %.20q; use sqlite:, file:, postgres:// or mysql://", scheme)
	}
}

func (c *config) openSQLite(path string, params url.Values, create bool) (store, func(), error) {
	if path == "" {
		return nil, nil, misuse("the URL has no path; write sqlite:PATH")
	}
	if _, err := os.Stat(path); err != nil && !(create && errors.Is(err, fs.ErrNotExist)) {
		return nil, nil, fmt.Errorf("there is no database at %s: %w; only migrate creates one", path, err)
	}
	if !params.Has("_txlock") {
		params.Set("_txlock", "immediate")
	}
	if !strings.Contains(strings.Join(params["_pragma"], " "), "busy_timeout") {
		params.Add("_pragma", "busy_timeout(10000)")
	}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + params.Encode()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", path, err)
	}
	s, err := sqlite.NewStore(db, options(c.prefix, sqlite.WithPrefix)...)
	if _, explained := errors.AsType[*outbox.Error](err); err != nil && !explained {
		err = fmt.Errorf("%w; check that %s is a SQLite database", err, path)
	}
	return opened(s, err, func() { _ = db.Close() })
}

func (c *config) openPostgres(ctx context.Context) (store, func(), error) {
	conf, err := pgxpool.ParseConfig(c.url)
	if err != nil {
		return nil, nil, misuse("the URL is not valid; " +
			"write postgres://USER:PASSWORD@HOST/DATABASE, with %%-escapes in the password")
	}
	conf.MaxConns = 2
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err == nil {
		err = pool.Ping(ctx)
	}
	if err != nil {
		if pool != nil {
			pool.Close()
		}
		return nil, nil, fmt.Errorf("connect to PostgreSQL: %w; check the URL, and that the server runs", err)
	}
	opts := options(c.prefix, postgres.WithPrefix)
	opts = append(opts, options(c.schema, postgres.WithSchema)...)
	s, err := postgres.NewStore(pool, opts...)
	return opened(s, err, pool.Close)
}

func (c *config) openMySQL(ctx context.Context) (store, func(), error) {
	conf, err := mysqlConfig(c.url)
	if err != nil {
		return nil, nil, err
	}
	connector, err := driver.NewConnector(conf)
	if err != nil {
		return nil, nil, misuse("the URL is not valid: %v", err)
	}
	db := sql.OpenDB(connector)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, nil, fmt.Errorf("connect to MariaDB or MySQL: %w; check the URL, and that the server runs", err)
	}
	s, err := mysql.NewStore(db, options(c.prefix, mysql.WithPrefix)...)
	return opened(s, err, func() { _ = db.Close() })
}

// mysqlConfig returns the configuration that a URL describes. Its query has the parameters of a DSN.
func mysqlConfig(text string) (*driver.Config, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		return nil, misuse("the URL is not valid; write mysql://USER:PASSWORD@HOST/DATABASE, with %%-escapes in the password")
	}
	conf := driver.NewConfig()
	conf.User = u.User.Username()
	conf.Passwd, _ = u.User.Password()
	conf.Net, conf.Addr, conf.DBName = "tcp", u.Host, strings.Trim(u.Path, "/")
	if u.Port() == "" {
		conf.Addr = net.JoinHostPort(u.Hostname(), "3306")
	}
	if u.RawQuery == "" {
		return conf, nil
	}
	dsn := conf.FormatDSN()
	separator := "?"
	if strings.Contains(dsn[strings.LastIndex(dsn, "/"):], "?") {
		separator = "&"
	}
	conf, err = driver.ParseDSN(dsn + separator + u.RawQuery)
	if err != nil {
		return nil, misuse("the parameters of the URL are not valid: %v; use those of github.com/go-sql-driver/mysql", err)
	}
	return conf, nil
}

// options returns an option of a store, or none if its value is empty.
func options[O any](value string, option func(string) O) []O {
	if value == "" {
		return nil
	}
	return []O{option(value)}
}

// opened returns a store, or closes the database if there is none.
func opened(s store, err error, closeStore func()) (store, func(), error) {
	if err != nil {
		closeStore()
		return nil, nil, err
	}
	return s, closeStore, nil
}
