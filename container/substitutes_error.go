package container

import "github.com/digcqrs/digcqrs/internal/errtext"

func usedDefaultError(k key, d *constructor) error {
	return refusalf("%v is already provided by the default %v, which is in use since an earlier Invoke or bootstrap.New; "+
		"call Provide before that", k, d.where)
}

func partialDefaultError(d *constructor, taken, free []key, by []*constructor) error {
	who := errtext.Part("dig")
	if len(by) > 0 {
		who = errtext.Part("%v", by[0].where)
	}
	return newError(ErrDefault, nil,
		"the default %v cannot be used in part: %v already provides %v, but nothing else provides %v; "+
			"give each value a default of its own",
		d.where, who, errtext.And(taken), errtext.And(free))
}

func wrappedGroupError(k key) error {
	return refusalf("the wrapped dig container may have members of %v, which container cannot see; "+
		"create the container with container.New", k)
}

func secondReplacementError(k key, first *constructor) error {
	return refusalf("%v is already replaced by %v", k, first.where)
}

func fixedError(k key, p *constructor, wrapped bool) error {
	before := "the first Invoke or bootstrap.New"
	if wrapped {
		before = "Provide"
	}
	return refusalf("dig already has %v from %v and cannot take it back; call Replace before %s", k, p.where, before)
}

func rawReplaceError(k key) error {
	return refusalf("%v was provided directly to dig, which cannot take it back; "+
		"provide it with container.Container.Provide, after Replace", k)
}

func idleReplacementError(r *constructor, suggestions []key) error {
	return newError(ErrReplace, nil, "nothing provides %v, which %v replaces; %v", errtext.Or(r.decisive()), r.where,
		didYouMean(suggestions, "use Provide instead of Replace"))
}

func extraReplacementError(r *constructor, found, absent []key) error {
	return newError(ErrReplace, nil,
		"%v replaces %v and %v, but nothing provides %v; provide what is new in a constructor of its own, with Provide",
		r.where, errtext.And(found), errtext.And(absent), errtext.Or(absent))
}

func partialReplacementError(p, r *constructor, left []key) error {
	return newError(ErrReplace, nil,
		"%v replaces only part of what %v provides; replace %v as well, or split the constructor",
		r.where, p.where, errtext.And(left))
}
