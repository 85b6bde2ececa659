package image

import (
	"context"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/fault"
	"berth/engine/task"
	"berth/resources"
)

// Defaults of a build.
const (
	DefaultBase       = "debian:bookworm-slim"
	DefaultUser       = 1000            // uid and gid
	DefaultBuildStall = 5 * time.Minute // a step may compute for a while without a word
)

// BuildOptions say what goes into the image and how it is built.
type BuildOptions struct {
	Tag       string   // reference of the result; empty means Pin.Tag()
	Pin       Pin      // which opencode
	URL       string   // address of the archive that holds it, as Locate gives it
	BaseImage string   // empty means DefaultBase
	UID, GID  int      // of the user; 0 means DefaultUser, for opencode never runs as root
	Packages  []string // further Debian packages
	CA        []byte   // PEM trusted while fetching opencode, as HostCA gives it; nil for none
	SandboxCA []byte   // PEM trusted inside the sandbox too, as ExtraCA gives it; nil for none

	NoCache      bool
	BuildKit     bool          // the engine offers BuildKit; otherwise, and when it then does not, the classic builder is used
	Policy       task.Policy   // of the whole build: what was finished comes from the engine's cache
	Stall        time.Duration // without any message; 0 means DefaultBuildStall
	DockerConfig string        // folder of Docker's config.json, for the base image's registry; empty means Docker's own choice

	// Files are the Dockerfile and what lies beside it; nil means the ones built into Berth.
	Files fs.FS
}

// Build builds the sandbox image and shows each build step as a step of t. A step that fails ends it with a
// fault.BuildFailed that has the last lines of that step's own log; a connection or an engine that breaks down is tried
// again by the policy. The end of ctx ends the engine's work.
func Build(ctx context.Context, cli *client.Client, t *task.Task, opts BuildOptions) (Image, error) {
	opts = opts.withDefaults()
	op := "build " + opts.Tag
	if err := opts.check(op); err != nil {
		return Image{}, err
	}
	plan, err := readPlan(opts.Files)
	if err != nil {
		return Image{}, fault.From(op, err)
	}
	b := &builder{cli: cli, t: t, opts: opts, op: op, plan: plan}
	err = task.Retry(ctx, t, opts.Policy, func(ctx context.Context) error {
		t.Say("building " + opts.Tag)
		ctx, touch, stop := task.Stall(ctx, op, opts.Stall)
		defer stop()
		b.touch = touch
		if err := b.once(ctx); err != nil {
			return fault.From(op, err)
		}
		return nil
	})
	if err != nil {
		return Image{}, fault.From(op, cause(ctx, err))
	}
	built, ok, err := Find(ctx, cli, opts.Tag)
	if err == nil && !ok {
		err = fault.New(fault.EngineError, op, "the engine reported success, but does not have the image")
	}
	if err != nil {
		return Image{}, err
	}
	t.Say("built " + opts.Tag)
	return built, nil
}

// builder is one build, over all its attempts.
type builder struct {
	cli   *client.Client
	t     *task.Task
	opts  BuildOptions
	op    string
	plan  []instruction
	touch func()
}

// once builds with BuildKit where the engine offers it, otherwise with the classic builder.
func (b *builder) once(ctx context.Context) error {
	if b.opts.BuildKit {
		err := b.buildKit(ctx)
		if !isNotOffered(err) {
			return err
		}
		b.t.Log("this engine does not offer BuildKit; building with its classic builder")
		b.opts.BuildKit = false
	}
	return b.classic(ctx)
}

func (o BuildOptions) withDefaults() BuildOptions {
	if o.Tag == "" {
		o.Tag = o.Pin.Tag()
	}
	if o.BaseImage == "" {
		o.BaseImage = DefaultBase
	}
	if o.UID == 0 {
		o.UID = DefaultUser
	}
	if o.GID == 0 {
		o.GID = DefaultUser
	}
	if o.Stall == 0 {
		o.Stall = DefaultBuildStall
	}
	if o.Files == nil {
		o.Files = resources.Sandbox()
	}
	return o
}

// What the arguments may look like. They become environment variables and words of the steps' shell.
var (
	packageName = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?$`)
	sha256Hex   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	versionText = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.+_-]*$`)
)

// check refuses what cannot be built before the engine is asked.
func (o BuildOptions) check(op string) error {
	bad := func(why string) error {
		return &fault.Error{Kind: fault.BadInput, Op: op, Why: why, Remedy: "Correct it in the settings.", Action: fault.OpenSettings}
	}
	if _, err := parse(o.Tag); err != nil {
		return bad("the tag " + strconv.Quote(o.Tag) + " is no image reference")
	}
	if _, err := parse(o.BaseImage); err != nil {
		return bad("the base image " + strconv.Quote(o.BaseImage) + " is no image reference")
	}
	for _, name := range o.Packages {
		if !packageName.MatchString(name) {
			return bad("the extra package " + strconv.Quote(name) + " is no Debian package name")
		}
	}
	switch {
	case !sha256Hex.MatchString(o.Pin.SHA256):
		return bad("the pinned checksum is not a SHA-256 in hex")
	case !versionText.MatchString(o.Pin.Version):
		return bad("the pinned version " + strconv.Quote(o.Pin.Version) + " is no version")
	case o.UID < 1 || o.GID < 1:
		return bad("the user's uid and gid must be at least 1")
	}
	if err := checkAddress(o.URL); err != nil {
		return bad("the download address cannot be used: " + err.Error())
	}
	return nil
}

// args are the build arguments of the Dockerfile.
func (o BuildOptions) args() map[string]string {
	return map[string]string{
		"BASE_IMAGE":       o.BaseImage,
		"OPENCODE_VERSION": o.Pin.Version,
		"OPENCODE_URL":     o.URL,
		"OPENCODE_SHA256":  o.Pin.SHA256,
		"UID":              strconv.Itoa(o.UID),
		"GID":              strconv.Itoa(o.GID),
		"EXTRA_PACKAGES":   strings.Join(o.Packages, " "),
	}
}

// files is the build context with the certificates in their folders.
func (o BuildOptions) files() files {
	added := map[string][]byte{}
	if pem := onlyCertificates(o.CA); len(pem) > 0 {
		added["ca/fetch/host.crt"] = pem
	}
	if pem := onlyCertificates(o.SandboxCA); len(pem) > 0 {
		added["ca/sandbox/extra.crt"] = pem
	}
	return files{base: o.Files, added: added}
}
