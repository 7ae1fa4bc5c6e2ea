// The code that few requests need. For each request njs makes every function of the module anew, whether it is called
// or not. So the rare ones stand inside one function, and are made only when that one is called.

/** The exports of rare.ts. build.mjs puts this function into the module, with rare.ts as its body. */
declare function loadRare(): typeof import('./rare.ts');
