// The code that few requests need. njs makes every function of a module anew for each request, called or not: what
// is rare stands inside one function, and is made when that is called.

/** The exports of rare.ts. build.mjs puts this function into the module, with rare.ts as its body. */
declare function loadRare(): typeof import('./rare.ts');
