/**
 * What the pocket model knows by name: names of unicode-emoji-json, and what captions call them where that is another
 * word. About 120: with a thousand names a model of this size learns backgrounds and blobs, with these it learns things.
 */
const PLAIN = `
  dog; fox; raccoon; cat; black cat; lion; tiger; leopard; unicorn; zebra; deer; pig; hamster; rabbit; hedgehog; bear;
  polar bear; koala; panda; sloth; chicken; baby chick; bird; penguin; owl; flamingo; parrot; duck; frog; crocodile;
  turtle; snake; whale; dolphin; fish; tropical fish; shark; octopus; crab; snail; butterfly; wolf; gorilla; orangutan;
  elephant; rose; sunflower; tulip; cactus; palm tree; mushroom; seedling; grapes; watermelon; tangerine; lemon; banana;
  pineapple; red apple; green apple; peach; cherries; strawberry; tomato; avocado; eggplant; carrot; broccoli; hamburger;
  pizza; cookie; birthday cake; cupcake; ice cream; lollipop; beer mug; rocket; house; castle; bus; sailboat; sun; star;
  cloud; rainbow; fire; snowman; balloon; wrapped gift; soccer ball; basketball; guitar; crown; gem stone; key;
  red heart; blue heart; grinning face; ghost; robot; alien`;

/** Names of which captions use others as well, or instead. */
const CALLED: Readonly<Record<string, readonly string[]>> = {
  'dog face': ['dog face', 'dog'],
  'cat face': ['cat face', 'cat'],
  'tiger face': ['tiger face', 'tiger'],
  'horse face': ['horse face', 'horse'],
  'cow face': ['cow face', 'cow'],
  'pig face': ['pig face', 'pig'],
  'mouse face': ['mouse face', 'mouse'],
  'rabbit face': ['rabbit face', 'rabbit'],
  'dragon face': ['dragon face', 'dragon'],
  'front-facing baby chick': ['chick'],
  honeybee: ['bee'],
  'lady beetle': ['ladybug'],
  'evergreen tree': ['tree'],
  'cheese wedge': ['cheese'],
  doughnut: ['doughnut'],
  'teacup without handle': ['tea cup'],
  'hot beverage': ['coffee'],
  automobile: ['car', 'automobile'],
  airplane: ['airplane', 'plane'],
  'full moon face': ['moon', 'full moon face'],
  'alarm clock': ['clock', 'alarm clock'],
  'smiling face with sunglasses': ['smiling face with sunglasses', 'face with sunglasses'],
};

/** Subjects for DreamBooth: never seen in pretraining, by code point. */
export const HELD_OUT: Readonly<Record<string, readonly string[]>> = {
  'cat-face': ['1f63a', '1f638', '1f639', '1f63b', '1f63c', '1f63d', '1f640', '1f63f', '1f63e'],
  'teddy-bear': ['1f9f8'],
  moon: ['1f311', '1f312', '1f313', '1f314', '1f315', '1f316', '1f317', '1f318'],
  taxi: ['1f695', '1f696'],
};

/** Words that mean nothing: DreamBooth's identifiers. Captions use them beside any name, so that prompts survive them. */
export const RARE_WORDS = ['sks', 'zwx'] as const;

/** Every known thing: its name in unicode-emoji-json, and what captions may call it. */
export const KNOWN_NAMES: readonly { name: string; called: readonly string[] }[] = [
  ...PLAIN.split(';').map(part => ({ name: part.trim(), called: [part.trim()] })),
  ...Object.entries(CALLED).map(([name, called]) => ({ name, called })),
];
