package sqloutbox

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// migration is one file of migrations.
type migration struct {
	version    int
	statements []string
}

// readMigrations returns the files in order. Their numbers count from one.
func readMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var all []migration
	for i, name := range names {
		digits, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.Atoi(digits)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("%s is not number %d", name, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		all = append(all, migration{version: version, statements: split(string(text))})
	}
	return all, nil
}

// split returns the statements of a file. Each ends with a semicolon at the end of a line.
func split(text string) []string {
	var statements []string
	for part := range strings.SplitSeq(text, ";\n") {
		if strings.TrimSpace(part) != "" {
			statements = append(statements, part)
		}
	}
	return statements
}

// Migrate applies the migrations that were not applied yet. It is safe for concurrent use, by
// several processes as well.
func (s *Store) Migrate(ctx context.Context) error {
	err := s.db.Exclusive(ctx, func(tx Executor) error {
		if s.sql.LockMigrations != nil {
			if _, err := tx.Exec(ctx, s.sql.LockMigrations.one()); err != nil {
				return err
			}
		}
		if err := s.createSchema(ctx, tx); err != nil {
			return err
		}
		m, err := s.readMeta(ctx, tx)
		if err != nil {
			return err
		}
		for _, migration := range s.versions {
			if migration.version <= m.version {
				continue
			}
			for _, text := range migration.statements {
				if _, err := tx.Exec(ctx, Command{Text: s.dialect.Names.apply(text)}); err != nil {
					return fmt.Errorf("version %d: %w", migration.version, err)
				}
			}
		}
		return nil
	})
	return s.wrap("migrate the tables", err)
}

// createSchema creates the schema of the tables if the user has chosen one that does not exist.
func (s *Store) createSchema(ctx context.Context, tx Executor) error {
	names := s.dialect.Names
	if !names.HasSchema {
		return nil
	}
	n, err := collect(ctx, tx, s.sql.Schemas.one(names.Schema), value[int])
	if err != nil || n[0] > 0 {
		return err
	}
	_, err = tx.Exec(ctx, Command{Text: "CREATE SCHEMA " + names.quote(names.Schema)})
	return err
}
