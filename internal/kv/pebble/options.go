package pebble

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	lsm "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// The format of the directory is pinned, so that a new version of the library
// alone never makes a directory that the previous release cannot open.
const formatVersion = lsm.FormatValueSeparation

// Options tune a Store. The zero Options are right for a server that stays
// under 200 MB.
type Options struct {
	// CacheSize bounds, in bytes, what the recent writes in memory and the cache
	// of blocks read from tables take together. 0 is 80 MiB, of which at least
	// 32 MiB are left for blocks. A transaction larger than MemTableSize comes on
	// top while it is flushed.
	CacheSize int64
	// MemTableSize is the size of one table of recent writes in memory, in bytes,
	// of which there are up to three. 0 is 16 MiB.
	MemTableSize uint64
	// Logger gets errors at Error and Pebble's chatter at Debug. nil discards both.
	Logger *slog.Logger
	// Fatal is called when the store cannot go on: the log could not be synced or
	// Pebble found its own state broken. Updates fail from then on. nil logs the
	// error, writes it to standard error and exits with status 1. A Fatal that
	// returns may be called again.
	Fatal func(error)

	fs vfs.FS // nil is the operating system's
}

func (o Options) withDefaults() Options {
	if o.CacheSize == 0 {
		o.CacheSize = 80 << 20
	}
	if o.MemTableSize == 0 {
		o.MemTableSize = 16 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Fatal == nil {
		log := o.Logger
		o.Fatal = func(err error) {
			log.Error("the metadata store cannot go on", "error", err)
			fmt.Fprintln(os.Stderr, "sallyport: the metadata store cannot go on:", err)
			os.Exit(1)
		}
	}
	if o.fs == nil {
		o.fs = vfs.Default
	}
	return o
}

// lsm is o in Pebble's terms; fatal is called by Pebble's Fatalf.
func (o Options) lsm(fatal func(error)) *lsm.Options {
	l := &lsm.Options{
		FS:                          o.fs,
		FormatMajorVersion:          formatVersion,
		CacheSize:                   o.CacheSize,
		MemTableSize:                o.MemTableSize,
		MemTableStopWritesThreshold: 3,
		// Compact level 0 early, because reads pay for every sublevel of it, and
		// stop writers late, because a stall is felt by every request.
		L0CompactionThreshold:      2,
		L0StopWritesThreshold:      24,
		CompactionConcurrencyRange: func() (int, int) { return 1, 2 },
		MaxOpenFiles:               1000,
		Logger:                     logger{o.Logger, fatal},
		EventListener: &lsm.EventListener{
			BackgroundError: func(err error) { o.Logger.Error("metadata store: background work failed", "error", err) },
			// A table's block with a wrong checksum fails the reads that need it
			// and no others; Pebble never serves it.
			DataCorruption: func(i lsm.DataCorruptionInfo) {
				o.Logger.Error("metadata store: corrupt data on disk", "path", i.Path, "error", i.Details)
			},
			WriteStallBegin: func(i lsm.WriteStallBeginInfo) {
				o.Logger.Warn("metadata store: writes wait for compaction", "reason", i.Reason)
			},
		},
	}
	for i := range l.Levels {
		l.Levels[i].BlockSize = 4 << 10
		l.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return l
}

// logger passes Pebble's messages on.
type logger struct {
	log   *slog.Logger
	fatal func(error)
}

func (l logger) Infof(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("metadata store: " + fmt.Sprintf(format, args...))
	}
}

func (l logger) Errorf(format string, args ...any) {
	l.log.Error("metadata store: " + fmt.Sprintf(format, args...))
}

func (l logger) Fatalf(format string, args ...any) {
	l.fatal(fmt.Errorf(format, args...))
}
